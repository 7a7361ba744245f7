import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../../src/client/connect.ts";
import { accepting, answering, failure, Opened } from "../raw-server.ts";

let opened: Opened;
let peers: (string | undefined)[];
beforeEach(() => {
  opened = new Opened();
  peers = [];
});
afterEach(() => opened.close());

/** A server that notes who connects. */
const server = () =>
  opened.tcp((socket: Socket) => {
    peers.push(`${socket.remoteAddress}:${socket.remotePort}`);
    answering(accepting)(socket);
  });

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const other = new Opened();
  const port = await other.listen(createServer());
  await other.close();
  return port;
}

describe("localAddress and localPort", () => {
  it("are where the connection comes from", async () => {
    const [port, localPort] = [await server(), await freePort()];
    const ws = await connect(`ws://127.0.0.1:${port}/`, { localAddress: "127.0.0.9", localPort });
    expect(peers).toEqual([`127.0.0.9:${localPort}`]);
    expect([ws.localAddress, ws.localPort]).toEqual(["127.0.0.9", localPort]);
    ws.terminate();
  });

  it("choose the IP version that names are resolved to", async () => {
    const port = await server();
    const families: unknown[] = [];
    const ws = await connect(`ws://both.example:${port}/`, {
      localAddress: "127.0.0.9",
      lookup(_, options, callback) {
        families.push(options.family);
        if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
        else callback(null, "127.0.0.1", 4);
      },
    });
    expect(families).toEqual([4]);
    ws.terminate();
  });

  it("hold for the connection to a proxy", async () => {
    const port = await opened.tcp((socket) => {
      peers.push(socket.remoteAddress);
      answering(() => "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n")(socket);
    });
    const options = { proxy: `http://127.0.0.1:${port}`, localAddress: "127.0.0.9" };
    expect((await failure("ws://a.example/", options)).code).toBe("PROXY_REFUSED");
    expect(peers).toEqual(["127.0.0.9"]);
  });

  it("fail where this machine has no such address", async () => {
    const port = await server();
    const error = await failure(`ws://127.0.0.1:${port}/`, { localAddress: "192.0.2.1" });
    expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "EADDRNOTAVAIL" } });
  });
});
