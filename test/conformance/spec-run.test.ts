import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conform, listen } from "../../src/conformance/conform.ts";
import { checkConnectAnswer } from "../../src/conformance/http2/opening.ts";
import { answerRequest } from "../../src/conformance/opening/client-answer.ts";
import { checkAnswer, openingRequest } from "../../src/conformance/opening/handshake.ts";
import { HeadReader } from "../../src/conformance/wire/head.ts";
import { echoClient } from "./reference/reference-client.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

const headOf = (text: string) => new HeadReader().feed(Buffer.from(text))!;

describe("subprotocols of a specification", () => {
  const request = (protocols: string) =>
    openingRequest({
      host: "localhost",
      path: "/",
      headers: [["Sec-WebSocket-Protocol", protocols]],
      origin: undefined,
      deflate: undefined,
    });

  it("are answered by the first that the client asks for and the server has", () => {
    const answer = answerRequest(headOf(request("b, a").head), undefined, ["a", "b"]);
    expect(answer.head).toContain("\r\nSec-WebSocket-Protocol: b\r\n");
    const none = answerRequest(headOf(request("c").head), undefined, ["a", "b"]);
    expect(none.head).not.toContain("Sec-WebSocket-Protocol");
  });

  it("may be chosen by the server under test, and no other", () => {
    const { head, key } = request("a, b");
    const answer = headOf(answerRequest(headOf(head), undefined, ["b"]).head);
    expect(checkAnswer(answer, key, undefined, ["a", "b"])).toEqual({ deflate: undefined });
    expect(checkAnswer(answer, key, undefined, ["a"])).toHaveProperty("refused");
    expect(checkAnswer(answer, key, undefined)).toHaveProperty("refused");
  });

  it("may be chosen over HTTP/2 as well", () => {
    const answer = headOf("HTTP/2 200\r\nsec-websocket-protocol: b\r\n\r\n");
    expect(checkConnectAnswer(answer, undefined, ["a", "b"])).toEqual({ deflate: undefined });
    expect(checkConnectAnswer(answer, undefined, ["a"])).toHaveProperty("refused");
    expect(checkConnectAnswer(answer, undefined)).toHaveProperty("refused");
  });
});

describe("patterns that are no list", () => {
  it.each(["cases", "exclude"])("of %s are an ArgumentError", async (name) => {
    const wrong = { [name]: "1.1.1" } as never;
    const message = `expected ${name} to be a list of patterns, got 1.1.1`;
    await expect(conform("ws://localhost", wrong).next()).rejects.toThrow(message);
    await expect(listen(wrong)).rejects.toThrow(message);
  });
});

describe("exclusions by agent", () => {
  let server: ReferenceServer;
  beforeAll(async () => {
    server = await startReferenceServer();
  });
  afterAll(() => server.close());

  const run = async (agent: string | undefined) => {
    const ids: string[] = [];
    const excludeByAgent = { "barewire-c*": ["1.1.1"], "o*": ["1.1.2"] };
    const options = { cases: ["1.1.1", "1.1.2"], excludeByAgent };
    const named = agent === undefined ? options : { ...options, agent };
    for await (const { id } of conform(server.url, named)) ids.push(id);
    return ids;
  };

  it("hold for the name that is given, and for the one that the server gives itself", async () => {
    expect(await run("one")).toEqual(["1.1.1"]);
    expect(await run(undefined)).toEqual(["1.1.2"]);
  });

  it("hold for the cases that run alone because memory is measured", async () => {
    const excludeByAgent = { one: ["25.*"] };
    const options = { cases: ["25.6", "1.1.1"], agent: "one", pid: process.pid, excludeByAgent };
    const ids: string[] = [];
    for await (const { id } of conform(server.url, options)) ids.push(id);
    expect(ids).toEqual(["1.1.1"]);
  });

  it("hold for clients by the name they give", async () => {
    const cases = ["1.1.1", "1.1.2"];
    const tests = await listen({ port: 0, cases, excludeByAgent: { "o*": ["1.1.1"] } });
    for (const id of cases) {
      await echoClient(tests.port, `/runCase?casetuple=${id}&agent=one`);
    }
    await echoClient(tests.port, "/getCaseStatus?casetuple=1.1.2&agent=one");
    expect(tests.results().map(({ id }) => id)).toEqual(["1.1.2"]);
    await tests.close();
  });
});
