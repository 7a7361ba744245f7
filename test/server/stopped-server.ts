/**
 * Run as a process of its own by late.test.ts, which stops and continues it: a server with a short deadline
 * for opening handshakes. It prints its two ports, of TCP and of TLS.
 */

import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { Server } from "../../src/index.ts";

const server = new Server({ handshakeTimeout: Number(process.argv[2]) });
server.handle("/", { message: (ws, data) => ws.send(data) });
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
const tls = await server.listen({ port: 0, host: "127.0.0.1", tls: selfSignedCertificate() });
process.stdout.write(`${port} ${tls.port}\n`);
