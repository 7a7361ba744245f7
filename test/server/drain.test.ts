import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Connection, Server } from "../../src/index.ts";
import { closeFrame, RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, serve, until } from "../served.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

describe("drain()", () => {
  it("takes nothing more, and waits until what is open has ended by itself", async () => {
    const { server, address, open } = await serve(ECHO);
    const [first, second] = [await open(), await open()];
    let drained: number | undefined;
    const done = server.drain().then((left) => {
      drained = left;
    });
    await expect(RawPeer.connect({ port: address.port, host: "127.0.0.1" })).rejects.toThrow();
    for (const peer of [first, second]) {
      peer.write(textFrame("still served"));
      expect(await peer.readText()).toBe("still served");
    }
    first.write(closeFrame(1000));
    first.socket.end();
    await until(() => server.connections.size === 1);
    expect(drained).toBeUndefined();
    second.destroy();
    await done;
    expect(drained).toBe(0);
  });

  it("gives up at its time, and leaves what is open to shutdown", async () => {
    const { server, open } = await serve(ECHO);
    const peer = await open();
    expect(await server.drain({ timeout: 50 })).toBe(1);
    peer.write(textFrame("still served"));
    expect(await peer.readText()).toBe("still served");
    const done = server.shutdown({ code: 1012 });
    expect(await peer.readClose()).toEqual({ code: 1012, reason: "" });
    peer.write(closeFrame(1012));
    peer.socket.end();
    expect(await done).toMatchObject({ closed: 1 });
  });

  it("is over at once where nothing is open, and answers twice with the same", async () => {
    const { server } = await serve(ECHO);
    expect(server.drain()).toBe(server.drain());
    expect(await server.drain()).toBe(0);
    await expect(server.listen(0)).rejects.toThrow(/takes no new connections/);
  });

  it("lets handshakes under way end, and refuses those that come later", async () => {
    const go = deferred();
    const asked = deferred();
    const { server, connect } = await serve(async (request) => {
      asked.resolve();
      await go.promise;
      await request.upgrade().receive();
    });
    const peer = await connect();
    peer.write(upgradeHead());
    await asked.promise;
    const late = await connect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const done = server.drain({ timeout: 5000 });
    late.write(upgradeHead());
    expect((await late.readResponse()).status).toBe(503);
    go.resolve();
    await peer.readUpgraded();
    peer.write(textFrame("done"));
    expect((await peer.readClose()).code).toBe(1000);
    peer.write(closeFrame(1000));
    peer.socket.end();
    expect(await done).toBe(0);
  });

  it.each([{ timeout: 0 }, { timeout: "x" }, { code: 1001 }, null])("throws for %o", (options) => {
    expect(() => new Server().drain(options as never)).toThrow(/timeout|options/);
  });
});

describe("shutdown()", () => {
  it("closes with the code and the reason that it is given", async () => {
    const { server, open } = await serve(ECHO);
    const peer = await open();
    const done = server.shutdown({ code: 1012, reason: "back in a minute" });
    expect(await peer.readClose()).toEqual({ code: 1012, reason: "back in a minute" });
    peer.destroy();
    await done;
  });

  it("spreads the closes over the time that it is given", async () => {
    const { server, open } = await serve(ECHO);
    const peers = await Promise.all(Array.from({ length: 20 }, () => open()));
    const closed = new Set<RawPeer>();
    const ends = peers.map(async (peer) => {
      const { code } = await peer.readClose();
      closed.add(peer);
      peer.write(closeFrame(code));
      peer.socket.end();
    });
    const begun = performance.now();
    const done = server.shutdown({ spread: 400, timeout: 5000 });
    // Those whose turn has not come are served as before.
    await until(() => closed.size >= 3);
    expect(closed.size).toBeLessThan(20);
    const rest = peers.filter((peer) => !closed.has(peer)).at(-1)!;
    rest.write(textFrame("still here"));
    await Promise.all(ends);
    expect(await done).toEqual({ closed: 20, destroyed: 0, handshakes: 0 });
    expect(performance.now() - begun).toBeGreaterThan(350);
  });

  it("gives the last one its whole time behind the spread", async () => {
    const { server, open } = await serve(ECHO);
    await Promise.all([open(), open()]);
    // Nobody answers.
    const begun = performance.now();
    expect(await server.shutdown({ spread: 150, timeout: 100 })).toMatchObject({ destroyed: 2 });
    expect(performance.now() - begun).toBeGreaterThan(240);
  });

  it("waits for nobody who has left while it was spread", async () => {
    const { server, open } = await serve(ECHO);
    const peers = await Promise.all([open(), open(), open()]);
    const done = server.shutdown({ spread: 100, timeout: 60_000 });
    for (const peer of peers) peer.destroy();
    expect(await done).toMatchObject({ destroyed: 0 });
  });

  it.each([
    { code: 1005 },
    { code: "1001" },
    { reason: "x".repeat(124) },
    { spread: -1 },
    { spread: Number.POSITIVE_INFINITY },
    { spread: "x" },
    { spread: 2 ** 31 },
  ])("throws for %o", (options) => {
    expect(() => new Server().shutdown(options as never)).toThrow(/code|reason|spread/);
  });

  it("leaves no timer behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await new Server().shutdown({ spread: 1000, timeout: 60_000 });
    await new Server().drain({ timeout: 60_000 });
    expect(vi.getTimerCount()).toBe(0);
  });
});
