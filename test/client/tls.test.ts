import type { LookupFunction } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { connect } from "../../src/client/connect.ts";
import { accepting, answering, Opened } from "./raw-server.ts";

const SERVER = selfSignedCertificate();
const OTHER = selfSignedCertificate();

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

/** Any name is 127.0.0.1. */
const lookup: LookupFunction = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  else callback(null, "127.0.0.1", 4);
};

/** A TLS server that accepts every handshake, and what it has seen of its last client. */
async function server(options = {}) {
  const seen: { socket?: TLSSocket } = {};
  const port = await opened.tls({ ...SERVER, ...options }, (socket) => {
    seen.socket = socket as TLSSocket;
    answering(accepting)(socket);
  });
  return { port, seen };
}

describe("connect by TLS", () => {
  it("trusts the authority it is given", async () => {
    const { port, seen } = await server({ ALPNProtocols: ["h2", "http/1.1"] });
    const ws = await connect(`wss://localhost:${port}/`, { tls: { ca: SERVER.cert } });
    expect(ws.tls).toBeDefined();
    expect(seen.socket?.alpnProtocol).toBe("http/1.1");
    expect((seen.socket as TLSSocket & { servername: string }).servername).toBe("localhost");
    ws.terminate();
  });

  it("checks an IP address against the certificate and sends no name for it", async () => {
    const { port, seen } = await server();
    const ws = await connect(`wss://127.0.0.1:${port}/`, { tls: { ca: SERVER.cert } });
    expect((seen.socket as TLSSocket & { servername: unknown }).servername).toBe(false);
    ws.terminate();
  });

  it("does not trust a certificate by itself, and says what to do", async () => {
    const { port } = await server();
    await expect(connect(`wss://localhost:${port}/`)).rejects.toMatchObject({
      code: "TLS_FAILED",
      status: 0,
      message: expect.stringMatching(/^TLS with localhost:\d+ failed: .*pass .* as tls\.ca/),
      cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
    });
    await expect(
      connect(`wss://localhost:${port}/`, { tls: { ca: OTHER.cert } }),
    ).rejects.toMatchObject({ code: "TLS_FAILED" });
    await opened.drained();
  });

  it("takes any certificate where rejectUnauthorized is false", async () => {
    const { port } = await server();
    const tls = { rejectUnauthorized: false };
    (await connect(`wss://localhost:${port}/`, { tls })).terminate();
  });

  it("compares the name, and takes another as servername", async () => {
    const { port, seen } = await server();
    const url = `wss://a.example:${port}/`;
    await expect(connect(url, { lookup, tls: { ca: SERVER.cert } })).rejects.toMatchObject({
      code: "TLS_FAILED",
      message: expect.stringContaining("pass that as tls.servername"),
      cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    });
    const ws = await connect(url, { lookup, tls: { ca: SERVER.cert, servername: "localhost" } });
    expect((seen.socket as TLSSocket & { servername: string }).servername).toBe("localhost");
    ws.terminate();
  });

  it("sends no dot at the end of a name, and checks the certificate without it", async () => {
    const { port, seen } = await server();
    const ws = await connect(`wss://localhost.:${port}/`, { lookup, tls: { ca: SERVER.cert } });
    expect((seen.socket as TLSSocket & { servername: string }).servername).toBe("localhost");
    ws.terminate();
  });

  it("shows its own certificate", async () => {
    const { port, seen } = await server({ requestCert: true, rejectUnauthorized: false });
    const tls = { ca: SERVER.cert, cert: OTHER.cert, key: OTHER.key };
    const ws = await connect(`wss://localhost:${port}/`, { tls });
    const der = seen.socket?.getPeerCertificate().raw.toString("base64");
    expect(der).toBe(OTHER.cert.replace(/-----.*-----|\n/g, ""));
    ws.terminate();
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "says so when a certificate is asked for and there is none, in %s",
    async (maxVersion) => {
      const { port } = await server({ requestCert: true, ca: SERVER.cert, maxVersion });
      const attempt = connect(`wss://localhost:${port}/`, { tls: { ca: SERVER.cert } });
      await expect(attempt).rejects.toMatchObject({
        code: "TLS_FAILED",
        message: expect.stringContaining("pass it as tls.cert and tls.key"),
      });
      await opened.drained();
    },
  );

  it("says so when the other side does not speak TLS", async () => {
    const port = await opened.tcp((socket) =>
      socket.on("data", () => socket.write("HTTP/1.1 400 x\r\n\r\n")),
    );
    await expect(connect(`wss://localhost:${port}/`)).rejects.toMatchObject({
      code: "TLS_FAILED",
      message: expect.stringContaining("does not seem to speak TLS"),
    });
    await opened.drained();
  });

  it("says so when the server hangs up before TLS is done", async () => {
    const port = await opened.tcp((socket) => socket.on("data", () => socket.end()));
    await expect(connect(`wss://localhost:${port}/`)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      message: expect.stringMatching(
        /^localhost:\d+ closed the connection during the TLS handshake/,
      ),
    });
    await opened.drained();
  });

  it("sends messages and keeps what comes behind the response", async () => {
    const port = await opened.tls(SERVER, (socket) => {
      answering((head) => {
        socket.write(Buffer.concat([Buffer.from(accepting(head)), Buffer.from("810161", "hex")]));
        return undefined;
      })(socket);
    });
    const ws = await connect(`wss://localhost:${port}/`, { tls: { ca: SERVER.cert } });
    expect(await ws.receive()).toBe("a");
    ws.terminate();
  });
});
