import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type CaseResult, conform, listen } from "../../src/conformance/conform.ts";
import { openingRequest } from "../../src/conformance/opening/handshake.ts";
import { echoClient } from "./reference/reference-client.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

const CASES = ["1.1.1", "2.1", "5.19", "6.4.1", "7.1.1", "9.1.1", "12.1.1"];
const started: ReferenceServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

async function verdicts(faults: Parameters<typeof startReferenceServer>[0]): Promise<CaseResult[]> {
  const server = await startReferenceServer(faults);
  started.push(server);
  const results: CaseResult[] = [];
  for await (const result of conform(server.url, { cases: CASES, timeout: 8000 })) {
    results.push(result);
  }
  return results;
}

/** Bytes that are frames of a kind, without end. */
const FLOODS: readonly (readonly [string, Buffer])[] = [
  ["zeros", Buffer.alloc(4096)],
  ["ones", Buffer.alloc(4096, 0xff)],
  ["empty text messages", Buffer.alloc(4096, Buffer.from([0x81, 0]))],
  ["Pings", Buffer.alloc(4096, Buffer.from([0x89, 0]))],
  ["one message that never ends", Buffer.alloc(4096, Buffer.from([0x01, 0]))],
];

/** The head of a masked frame of 2^40 bytes. */
const ENDLESS = Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** A client that asks rightly for a case, and then sends the same bytes again and again. */
function wildClient(port: number, id: string, flood: Buffer | undefined): Socket {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  socket.resume();
  const path = `/runCase?casetuple=${id}&agent=wild-${id}`;
  const request = { host: "localhost", path, headers: [], origin: undefined, deflate: undefined };
  socket.write(openingRequest(request).head);
  const more = () => {
    while (flood !== undefined && !socket.destroyed && socket.write(flood)) {
      // Until the socket is full.
    }
  };
  socket.on("drain", more);
  socket.once("connect", more);
  return socket;
}

describe("a server that", () => {
  it.each(FLOODS)("floods with %s passes no case", { timeout: 60_000 }, async (_name, bytes) => {
    const results = await verdicts({ floodsWith: bytes });
    expect(results.length).toBe(CASES.length);
    for (const result of results) {
      expect([result.id, result.behavior, result.behaviorClose]).not.toEqual([
        result.id,
        "OK",
        "OK",
      ]);
    }
  });

  it("closes at once fails every case", async () => {
    const results = await verdicts({ closesAtOnce: true });
    expect(results.map(({ behavior }) => behavior)).not.toContain("OK");
  });

  it("answers with nonsense is no WebSocket server, and its first bytes are shown", async () => {
    const run = verdicts({ answersWith: Buffer.from("SSH-2.0-nonsense\r\n\r\n") });
    await expect(run).rejects.toThrow(/no WebSocket at .* got "SSH-2\.0-nonsense"/);
  });

  it("accepts and says nothing is given up in one sentence", async () => {
    const run = verdicts({ mute: true });
    await expect(run).rejects.toMatchObject({ code: "UNREACHABLE" });
    await expect(run).rejects.toThrow("the connection was accepted and no answer came for 12 s");
  });

  it("accepts and closes is no WebSocket server", async () => {
    const server: Server = createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const run = conform(`ws://127.0.0.1:${port}`).next();
    await expect(run).rejects.toThrow("accepted and closed without an answer");
    await new Promise((resolve) => server.close(resolve));
  });

  it("never ends its answer is no WebSocket server", async () => {
    const server: Server = createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.1 101 Switching Protocols\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write("X-More: 1\r\n".repeat(1000))) {
          // Until the socket is full.
        }
      };
      socket.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const run = conform(`ws://127.0.0.1:${port}`).next();
    await expect(run).rejects.toThrow('got a head without end, which begins "HTTP/1.1 101');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("conform()", () => {
  it("rejects when nobody listens, and says what was tried", async () => {
    const server = await startReferenceServer();
    await server.close();
    const run = conform(server.url)[Symbol.asyncIterator]().next();
    await expect(run).rejects.toThrow(`port ${server.port}`);
    await expect(run).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("rejects when the address answers with an HTTP error", async () => {
    const server = await startReferenceServer({ opensNever: true });
    started.push(server);
    await expect(conform(server.url).next()).rejects.toThrow("403");
  });

  it.each([
    ["http://127.0.0.1/", {}],
    ["ws://127.0.0.1/#x", {}],
    ["ws://127.0.0.1/", { jobs: 0 }],
    ["ws://127.0.0.1/", { timeout: -1 }],
    ["ws://127.0.0.1/", { cases: ["99.*"] }],
  ])("refuses %s with %j", async (url, options) => {
    await expect(conform(url, options).next()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("stops beginning cases when it is aborted", async () => {
    const server = await startReferenceServer();
    started.push(server);
    const controller = new AbortController();
    const results: CaseResult[] = [];
    const options = { cases: ["1.*", "2.*"], jobs: 1, signal: controller.signal };
    for await (const result of conform(server.url, options)) {
      results.push(result);
      controller.abort();
    }
    expect(results.length).toBe(1);
  });
});

describe("listen()", () => {
  it("speaks Autobahn's control protocol", async () => {
    const reported: string[] = [];
    const tests = await listen({
      port: 0,
      cases: ["1.1.1", "7.*"],
      excludeByAgent: { "no*": ["1.1.1"] },
      onReport: (results, agent) => {
        reported.push(`${agent} ${results.length}`);
      },
    });
    const ask = async (path: string) => String((await echoClient(tests.port, path))[0] ?? "");
    expect(await ask("/getCaseCount")).toBe("38");
    expect(JSON.parse(await ask("/getCaseInfo?case=1"))).toEqual({
      id: "1.1.1",
      description: expect.stringContaining("0 bytes"),
    });
    await echoClient(tests.port, "/runCase?case=1&agent=me");
    expect(await ask("/getCaseStatus?case=1&agent=me")).toBe('{"behavior":"OK"}');
    await echoClient(tests.port, "/runCase?case=1&agent=nobody");
    await ask("/updateReports?agent=me");
    expect(reported).toEqual(["me 1"]);
    expect(tests.results().map(({ agent, id }) => `${agent} ${id}`)).toEqual(["me 1.1.1"]);
    await ask("/stopServer");
    await tests.closed;
  });

  it.each([
    ...FLOODS,
    ["one frame that never ends", Buffer.concat([ENDLESS, Buffer.alloc(65_536)])] as const,
    ["nothing", undefined] as const,
  ])("comes to a result with a client that sends %s", { timeout: 60_000 }, async (_name, flood) => {
    const results: CaseResult[] = [];
    const ids = ["1.1.1", "9.1.1", "12.1.1", "21.1.1", "21.4.1", "25.26"];
    const tests = await listen({
      port: 0,
      cases: ids,
      timeout: 8000,
      onResult: (result) => results.push(result),
    });
    const sockets = ids.map((id) => wildClient(tests.port, id, flood));
    await expect.poll(() => results.length, { timeout: 40_000 }).toBe(ids.length);
    for (const socket of sockets) socket.destroy();
    await tests.close();
    expect(results.filter(({ behavior, id }) => behavior === "OK" && id < "2")).toEqual([]);
  });

  it("refuses what it does not know, and outlives clients that talk nonsense", async () => {
    const tests = await listen({ port: 0, cases: ["1.1.1"] });
    expect(await echoClient(tests.port, "/runCase?case=2&agent=x")).toEqual([]);
    expect(await echoClient(tests.port, "/runCase?case=1")).toEqual([]);
    expect(await echoClient(tests.port, "/nothing")).toEqual([]);
    const nonsense = Buffer.from("\x16\x03\x01nonsense\r\n\r\n");
    expect(await echoClient(tests.port, "/getCaseCount", { answersWith: nonsense })).toEqual([]);
    expect(String((await echoClient(tests.port, "/getCaseCount"))[0])).toBe("1");
    await tests.close();
  });
});
