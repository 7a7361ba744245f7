import type { AddressInfo } from "node:net";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { MessageSpec } from "../../bench/load/frames.ts";
import { CompressedBroadcastLoad } from "../../bench/load/shapes/compressed-broadcast.ts";
import { EchoLoad } from "../../bench/load/shapes/echo.ts";
import { FanOutLoad } from "../../bench/load/shapes/fan-out.ts";
import { OpenLoopLoad } from "../../bench/load/shapes/open-loop.ts";
import { ShortLivedLoad } from "../../bench/load/shapes/short-lived.ts";
import { nodeTransport } from "../../bench/load/transport/node.ts";
import { type ConnectionHandler, Server } from "../../src/index.ts";

const servers: Server[] = [];
const listeners: NetServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.shutdown({ timeout: 1 })));
  for (const listener of listeners.splice(0)) listener.close();
});

type Message = NonNullable<ConnectionHandler["message"]>;

/** A server that does `message` with each message, and what its load has to know of it. */
async function serve(message: (server: Server) => Message, compression = false) {
  const server = new Server({ maxMessageSize: 2 ** 21, compression });
  servers.push(server);
  server.handle("/", { message: message(server) });
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  return target(port);
}

function target(port: number) {
  return { port, tls: false, mirror: false, pids: [process.pid], warmUp: 0, duration: 30 };
}

const binary = (size: number): MessageSpec => ({ size, content: "binary", fragments: 1 });
const text = (size: number): MessageSpec => ({ size, content: "ascii", fragments: 1 });
const echo = (): Message => (ws, data) => void ws.send(data);
/** Passes on all but the 20th message, which it changes. */
const faulty =
  (pass: (server: Server) => Message) =>
  (server: Server): Message => {
    let count = 0;
    const message = pass(server);
    return (ws, data, isBinary) => {
      count += 1;
      return message(ws, count === 20 ? data.slice(1) : data, isBinary);
    };
  };
const notListening = () => {};

describe("echoed messages", () => {
  const job = { kind: "echo", connections: 3, depth: 4, message: text(64), listen: false } as const;

  it("are counted, all of them compared, with the processor time of both sides", async () => {
    const load = new EchoLoad({ ...job, ...(await serve(echo)) }, nodeTransport);
    const result = await load.run(notListening);
    expect(result.count).toBeGreaterThan(0);
    expect(result.verified.compared).toBe(result.verified.received);
    expect(result.seconds).toBeGreaterThan(0.02);
    expect(result.loadCpu).toBeGreaterThan(0);
    expect(result.serverSystem).toBeLessThanOrEqual(result.serverCpu);
  });

  it("have latencies where one at a time is under way", async () => {
    const load = new EchoLoad({ ...job, depth: 1, ...(await serve(echo)) }, nodeTransport);
    const { latency } = await load.run(notListening);
    expect(latency!.p50).toBeGreaterThan(0);
    expect(latency!.p99).toBeGreaterThanOrEqual(latency!.p50);
    expect(latency!.p999).toBeGreaterThanOrEqual(latency!.p99);
  });

  it("end the measurement where one is not what was sent", async () => {
    const load = new EchoLoad({ ...job, ...(await serve(faulty(echo))) }, nodeTransport);
    await expect(load.run(notListening)).rejects.toThrow("differs");
  });

  it("may come back in several frames", async () => {
    const inFrames = (): Message => (ws, data) =>
      void ws.sendFragments([data.slice(0, 100) as string, data.slice(100) as string]);
    const parts = { ...job, message: text(5000), reply: "any frames" } as const;
    const load = new EchoLoad({ ...parts, ...(await serve(inFrames)) }, nodeTransport);
    expect((await load.run(notListening)).count).toBeGreaterThan(0);
    const wrong = new EchoLoad({ ...parts, ...(await serve(faulty(inFrames))) }, nodeTransport);
    await expect(wrong.run(notListening)).rejects.toThrow(/differs|came back with/);
  });

  it("may be answered with their length", async () => {
    const length = (): Message => (ws, data) => void ws.send(String(data.length));
    const upload = { ...job, message: binary(100_000), reply: "length" } as const;
    const load = new EchoLoad({ ...upload, ...(await serve(length)) }, nodeTransport);
    expect((await load.run(notListening)).count).toBeGreaterThan(0);
    const wrong = new EchoLoad({ ...upload, ...(await serve(faulty(length))) }, nodeTransport);
    await expect(wrong.run(notListening)).rejects.toThrow("differs");
  });
});

describe("messages sent by the clock", () => {
  const job = { kind: "open-loop", connections: 4, message: text(64), rate: 4000 } as const;

  it("have a latency, and may be late by what the load could not help", async () => {
    const load = new OpenLoopLoad({ ...job, ...(await serve(echo)) }, nodeTransport);
    const { count, latency, late } = await load.run();
    expect(count).toBeGreaterThan(0);
    expect(latency!.p50).toBeGreaterThan(0);
    expect(late!.p50).toBeGreaterThan(0);
  });

  it("have in their latency the time that they had to wait until the server read on", async () => {
    const blocking = (): Message => (ws, data) => {
      const end = performance.now() + 1;
      while (performance.now() < end);
      ws.send(data);
    };
    // It can do a thousand in a second at most: the last ones wait for a long time.
    const load = new OpenLoopLoad({ ...job, ...(await serve(blocking)) }, nodeTransport);
    const { latency } = await load.run();
    expect(latency!.p99).toBeGreaterThan(30_000);
  });
});

describe("messages to all", () => {
  const broadcast = (server: Server): Message => {
    return (_ws, data) => server.broadcast(data);
  };
  const job = {
    kind: "fan-out",
    connections: 6,
    senders: 6,
    depth: 3,
    copies: 1,
    message: text(20),
  } as const;

  it("are counted in whole rounds, one connection judged in each", async () => {
    const load = new FanOutLoad({ ...job, ...(await serve(broadcast)) }, nodeTransport);
    const { count, verified } = await load.run();
    expect(count).toBeGreaterThan(0);
    expect(count % (6 * 6 * 3)).toBe(0);
    expect(verified.compared * 6).toBe(verified.received);
  });

  it("end the measurement where one is another, or comes twice to one and not to the next", async () => {
    const changed = (server: Server): Message => {
      return (_ws, data) => server.broadcast(`${(data as string).slice(1)}~`);
    };
    const wrong = new FanOutLoad({ ...job, ...(await serve(changed)) }, nodeTransport);
    await expect(wrong.run()).rejects.toThrow("no message of the round");
    const unfair = (server: Server): Message => {
      return (_ws, data) => {
        const [first, , ...others] = server.connections;
        server.broadcast(data, [first!, first!, ...others]);
      };
    };
    const alone = { ...job, senders: 1, depth: 1 };
    const other = new FanOutLoad({ ...alone, ...(await serve(unfair)) }, nodeTransport);
    await expect(other.run()).rejects.toThrow(/somebody got more|differs/);
  });

  it("have a time for each delivery where that is asked for", async () => {
    const timed = { ...job, timed: true, ...(await serve(broadcast)) };
    const { latency } = await new FanOutLoad(timed, nodeTransport).run();
    expect(latency!.p50).toBeGreaterThan(0);
    expect(latency!.p99).toBeGreaterThanOrEqual(latency!.p50);
    const { latency: none } = await new FanOutLoad({ ...timed, timed: false }, nodeTransport).run();
    expect(none).toBeUndefined();
  });

  it("may go to connections that several servers share", async () => {
    const all: Server[] = [];
    const shares: number[][] = [];
    const toAll = (server: Server): Message => {
      all.push(server);
      return (_ws, data) => {
        shares.push(all.map(({ connections }) => connections.size));
        for (const each of all) each.broadcast(data);
      };
    };
    const [one, other] = [await serve(toAll), await serve(toAll)];
    const shared = { ...job, ...one, ports: [one.port, other.port] };
    const { count } = await new FanOutLoad(shared, nodeTransport).run();
    expect(count % (6 * 6 * 3)).toBe(0);
    expect(shares[0]).toEqual([3, 3]);
  });

  it("may come several times", async () => {
    const thrice = (server: Server): Message => {
      return (_ws, data) => {
        for (let i = 0; i < 3; i++) server.broadcast(data);
      };
    };
    const copies = { ...job, senders: 1, depth: 1, copies: 3 };
    const load = new FanOutLoad({ ...copies, ...(await serve(thrice)) }, nodeTransport);
    const { count, verified } = await load.run();
    expect(count % (6 * 3)).toBe(0);
    expect(verified.compared).toBe(verified.received);
  });

  it("may be compressed", async () => {
    const compressed = {
      kind: "compressed-broadcast",
      connections: 5,
      content: "kibibyte",
      ...(await serve(broadcast, true)),
    } as const;
    const result = await new CompressedBroadcastLoad(compressed, nodeTransport).run();
    expect(result.count % 5).toBe(0);
    expect(result.bytesPerCount).toBeGreaterThan(1000);
    expect(result.deflated).toBeGreaterThan(0.05);
    expect(result.deflated).toBeLessThan(0.6);
    expect(result.verified.compared).toBeGreaterThan(1000);
  });
});

describe("connections that come and go", () => {
  const job = { kind: "short-lived", inFlight: 4, messages: 3, message: text(5) } as const;

  it("are closed by a closing handshake, without a reset", async () => {
    const ends: string[] = [];
    const server = new Server();
    servers.push(server);
    server.handle("/", {
      message: (ws, data) => void ws.send(data),
      close: (ws) => void ws.closed.then(({ code, clean }) => ends.push(`${code} ${clean}`)),
    });
    const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
    const load = new ShortLivedLoad({ ...job, ...target(port) }, nodeTransport);
    const { count } = await load.run();
    expect(count).toBeGreaterThan(0);
    expect(ends.length).toBeGreaterThanOrEqual(count);
    expect([...new Set(ends)]).toEqual(["1000 true"]);
  });

  it("may be closed as soon as they are open", async () => {
    const load = new ShortLivedLoad({ ...job, messages: 0, ...(await serve(echo)) }, nodeTransport);
    expect((await load.run()).count).toBeGreaterThan(0);
  });

  it("end the measurement where the server ends one too early", async () => {
    const dropping = (): Message => (ws) => void ws.close();
    const load = new ShortLivedLoad({ ...job, ...(await serve(dropping)) }, nodeTransport);
    await expect(load.run()).rejects.toThrow(/differs|before its closing handshake/);
  });

  it("may be those of a server that returns the bytes it gets", async () => {
    const listener = createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        socket.on("data", (chunk) => {
          if (chunk[0] === 0x88) socket.end(chunk);
          else socket.write(chunk);
        });
      });
    });
    listeners.push(listener);
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const { port } = listener.address() as AddressInfo;
    const load = new ShortLivedLoad({ ...job, ...target(port), mirror: true }, nodeTransport);
    expect((await load.run()).count).toBeGreaterThan(0);
  });
});
