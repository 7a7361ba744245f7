/** A server of this library under attack. */
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { Server, type ServerOptions } from "../../../src/index.ts";
import { endings } from "./barewire-endings.ts";
import { files } from "./barewire-files.ts";
import { setups } from "./barewire-setups.ts";
import { chosen, given, ready } from "./control.ts";
import { processorTime } from "./processor-time.ts";

const { handler, commands, options } = chosen({ ...setups, ...endings, files })();
// What a handler throws is its user's affair, and would fill the pipe to the runner.
const all = { onError: () => {}, ...options, ...given.options } as ServerOptions;
const server = new Server(all);
server.handle("/", handler);
// Limits that are attacked are not for the probe.
const unlimited = {
  maxMessageRate: Number.POSITIVE_INFINITY,
  maxByteRate: Number.POSITIVE_INFINITY,
};
server.handle("/probe", { message: (ws) => ws.send(`${processorTime()}`) }, unlimited);
const target = { port: 0, host: "127.0.0.1", backlog: 4096 };
const { port } = await server.listen({ ...target, http2: given.http2 });
const secure = given.tls
  ? await server.listen({ ...target, tls: selfSignedCertificate() })
  : undefined;
ready(
  { port, tlsPort: secure?.port ?? 0 },
  {
    connections: () => server.connections.size,
    waiting: () => [...server.connections].map((ws) => ws.bufferedAmount),
    ...commands,
  },
);
