import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Connection, Server } from "../../src/index.ts";
import { closeFrame, OP, RawPeer, rawFrame, textFrame, upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

/** Answers the server's Close like a peer that behaves. */
async function closeWell(peer: RawPeer): Promise<number | undefined> {
  const { code } = await peer.readClose();
  peer.write(closeFrame(code));
  await peer.untilEnded();
  peer.socket.end();
  return code;
}

describe("shutdown", () => {
  it("closes every connection with 1001 and says what happened", async () => {
    const { open, server } = await serve(ECHO);
    const peers = await Promise.all([open(), open(), open()]);
    const done = server.shutdown({ timeout: 5000 });
    expect(await Promise.all(peers.map(closeWell))).toEqual([1001, 1001, 1001]);
    expect(await done).toEqual({ closed: 3, destroyed: 0, handshakes: 0 });
    expect(server.connections.size).toBe(0);
  });

  it("does not wait for plain HTTP connections that are kept for another request", async () => {
    const { connect, server } = await serve(ECHO);
    const peer = await connect();
    peer.write("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await peer.readWholeResponse()).status).toBe(404);
    // node:http would close it after 5 seconds by itself.
    const late = sleep(4000).then(() => "it waits");
    const report = await Promise.race([server.shutdown({ timeout: 10_000 }), late]);
    expect(report).toEqual({ closed: 0, destroyed: 0, handshakes: 0 });
    await peer.untilEnded();
  });

  it("accepts nothing more", async () => {
    const { open, server, address } = await serve(ECHO);
    const peer = await open();
    const done = server.shutdown({ timeout: 5000 });
    await expect(RawPeer.connect({ port: address.port, host: "127.0.0.1" })).rejects.toThrow(
      /ECONNREFUSED/,
    );
    await closeWell(peer);
    await done;
  });

  it("destroys what is left when its time is over", async () => {
    const { open, server } = await serve(ECHO);
    const stubborn = await open();
    const good = await open();
    const done = server.shutdown({ timeout: 100 });
    await closeWell(good);
    expect(await done).toEqual({ closed: 1, destroyed: 1, handshakes: 0 });
    await stubborn.untilEnded();
  });

  it("refuses handshakes under way", async () => {
    const { connect, server } = await serve(() => new Promise(() => {}));
    const silent = await connect();
    const partial = await connect();
    partial.write("GET / HT");
    const pending = await connect();
    pending.write(upgradeHead());
    await sleep(50);
    const done = server.shutdown({ timeout: 5000 });
    for (const peer of [silent, partial, pending]) {
      expect((await peer.readResponse()).status).toBe(503);
      peer.socket.end();
    }
    expect(await done).toEqual({ closed: 0, destroyed: 0, handshakes: 3 });
  });

  it("refuses an upgrade on a kept-alive connection", async () => {
    const { connect, open, server } = await serve(ECHO, {
      listener: (_, response) => {
        void response.write("begun ");
        server.shutdown({ timeout: 1000 });
        response.end("ended");
      },
    });
    const other = await open();
    const peer = await connect();
    peer.write("GET /p HTTP/1.1\r\nHost: localhost\r\n\r\n", upgradeHead());
    const answers = (await peer.readToEnd()).toString();
    expect(answers).toContain("ended");
    expect(answers).not.toContain("101 Switching");
    other.destroy();
  });

  it("ends idle plain connections at once, and busy ones when they are done or time is over", async () => {
    const { connect, server } = await serve(ECHO, {
      listener: (request, response) => {
        if (request.url === "/idle") response.end();
      },
    });
    const idle = await connect();
    idle.write("GET /idle HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await idle.readResponse();
    const busy = await connect();
    busy.write("GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await sleep(50);
    const done = server.shutdown({ timeout: 150 });
    await idle.untilEnded();
    expect(busy.ended).toBe(false);
    await done;
    await busy.untilEnded();
  });

  it("is not held up by an answer that nobody takes", async () => {
    const { connect, server } = await serve(undefined);
    const peer = await connect();
    peer.write(upgradeHead("/nowhere"));
    await peer.untilEnded();
    await server.shutdown({ timeout: 50 });
  });

  it("answers twice with the same", async () => {
    const { server } = await serve(ECHO);
    expect(server.shutdown()).toBe(server.shutdown());
    await server.shutdown();
  });

  it("is what await using does", async () => {
    const server = new Server();
    server.handle("/", ECHO);
    const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
    await server[Symbol.asyncDispose]();
    await expect(RawPeer.connect({ port, host: "127.0.0.1" })).rejects.toThrow(/ECONNREFUSED/);
  });

  it.each([
    { timeout: 0 },
    { timeout: -1 },
    { timeout: Number.NaN },
    { timeout: 2 ** 31 },
    { time: 5 },
  ])("throws for %o", (options) => {
    expect(() => new Server().shutdown(options)).toThrow(/time/);
  });

  it("takes Infinity for no limit", async () => {
    const { open, server } = await serve(ECHO);
    const peer = await open();
    const done = server.shutdown({ timeout: Number.POSITIVE_INFINITY });
    await closeWell(peer);
    expect(await done).toMatchObject({ closed: 1, destroyed: 0 });
  });

  it("under load loses no answer and ends all connections cleanly", async () => {
    const { open, server } = await serve(ECHO);
    const peers = await Promise.all(Array.from({ length: 20 }, () => open()));
    let stop = false;
    const loads = peers.map(async (peer) => {
      let sent = 0;
      let answered = 0;
      const send = () => {
        while (!stop && sent - answered < 8) peer.write(textFrame(`${sent++}`));
      };
      send();
      for (;;) {
        const { opcode, payload } = await peer.readFrame();
        if (opcode === OP.close) {
          peer.write(rawFrame(OP.close, payload));
          await peer.untilEnded();
          peer.socket.end();
          return payload.readUInt16BE(0);
        }
        // The answers come in order and without a gap until the Close.
        expect(payload.toString()).toBe(`${answered++}`);
        send();
      }
    });
    await sleep(100);
    const report = await server.shutdown({ timeout: 10_000 });
    stop = true;
    expect(await Promise.all(loads)).toEqual(peers.map(() => 1001));
    expect(report).toEqual({ closed: 20, destroyed: 0, handshakes: 0 });
  });

  it("leaves nothing that keeps the process alive", async () => {
    const script = fileURLToPath(new URL("./shutdown-leftovers.ts", import.meta.url));
    const run = promisify(execFile);
    // It ends by itself, or runs into the timeout of this test.
    const { stdout } = await run(process.execPath, ["--import", "tsx", script], {
      timeout: 15_000,
    });
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
