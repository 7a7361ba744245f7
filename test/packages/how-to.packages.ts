import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { ask, exampleAmong, examplesOf, mistakesIn, run } from "./example-programs.ts";

// The programs of the how-to pages that need other packages.

const FRAMEWORKS = examplesOf("docs/how-to/frameworks.md");
const AUTHENTICATE = examplesOf("docs/how-to/authenticate.md");
const OBSERVABILITY = examplesOf("docs/how-to/observability.md");

async function expectEcho(url: string): Promise<void> {
  const ws = await connect(`${url.replace(/^http/, "ws")}/echo`);
  await ws.send("hello");
  expect(await ws.receive()).toBe("hello");
  await ws.close(1000);
}

it("the how-to pages' programs compile", { timeout: 60_000 }, () => {
  expect([FRAMEWORKS.length, AUTHENTICATE.length, OBSERVABILITY.length]).toEqual([5, 1, 2]);
  expect(mistakesIn([...FRAMEWORKS, ...AUTHENTICATE, ...OBSERVABILITY])).toEqual([]);
});

describe("the page of frameworks", () => {
  it.each(["express", "fastify", "koa", "hono"])("serves pages of %s and echoes", async (name) => {
    const { url } = await run(exampleAmong(FRAMEWORKS, `from "${name}"`));
    expect(await ask(`${url}/`)).toMatchObject({ status: 200, body: "page" });
    await expectEcho(url);
  });

  it("closes connections with an app of NestJS", async () => {
    const program = exampleAmong(FRAMEWORKS, "@nestjs/core").replace(
      "app.listen(8199)",
      'app.listen(0, "127.0.0.1")',
    );
    const { url, child } = await run(program);
    await expectEcho(url);
    const ws = await connect(`${url.replace(/^http/, "ws")}/echo`);
    child.kill("SIGTERM");
    expect(await ws.closed).toMatchObject({ code: 1001, clean: true });
  });
});

describe("the page of authentication", () => {
  it("knows a user by a JWT, and nobody by another one", async () => {
    const { url, child } = await run(exampleAmong(AUTHENTICATE, "jwtVerify"));
    const [token] = await once(createInterface({ input: child.stdout! }), "line");
    const open = (bearer: string) =>
      connect(`${url}/chat`, { headers: { Authorization: `Bearer ${bearer}` } });
    const ws = await open(String(token));
    await ws.send("hello");
    expect(await ws.receive()).toBe("ann: hello");
    await ws.close();
    const forged = `${String(token).slice(0, -4)}AAAA`;
    for (const other of [forged, "nonsense"]) {
      await expect(open(other)).rejects.toMatchObject({ status: 401 });
    }
  });
});

describe("the page of metrics and traces", () => {
  it("counts for Prometheus", async () => {
    const { url } = await run(exampleAmong(OBSERVABILITY, "prom-client"));
    await expectEcho(url);
    const ws = await connect(`${url}/echo`);
    await expect(connect(`${url}/nowhere`)).rejects.toMatchObject({ status: 404 });
    const { body } = await ask(`${url}/metrics`);
    const lines = body.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "websocket_connections 1",
        'websocket_refused_total{code="NO_ROUTE"} 1',
        'websocket_closed_total{code="1000"} 1',
        "websocket_connection_seconds_count 1",
        "websocket_waiting_bytes 0",
      ]),
    );
    await ws.close();
  });

  it("makes spans and counts for OpenTelemetry", async () => {
    const sdk = `
      import { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
      import { trace as traces } from "@opentelemetry/api";
      const exporter = new InMemorySpanExporter();
      traces.setGlobalTracerProvider(
        new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
      );
      process.stdin.on("data", () => {
        console.log(JSON.stringify(exporter.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes }))));
      });
    `;
    const { url, child } = await run(`${sdk}\n${exampleAmong(OBSERVABILITY, "startSpan")}`);
    await expectEcho(url);
    const lines = createInterface({ input: child.stdout! });
    let printed = "[]";
    while (printed === "[]") {
      child.stdin?.write("\n");
      [printed] = (await once(lines, "line")) as [string];
    }
    expect(JSON.parse(printed)).toEqual([
      {
        name: "websocket connection",
        attributes: {
          "url.path": "/echo",
          "client.address": "127.0.0.1",
          "network.protocol.name": "websocket",
          "websocket.close_code": 1000,
        },
      },
    ]);
  });
});
