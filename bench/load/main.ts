/**
 * The load generator: a process of its own that takes jobs, one line of JSON each, and answers
 * each with a line of JSON. It runs on Bun or on Node, see `transport/`.
 */
import { createInterface } from "node:readline";
import type { Answer, HoldJob, Job, LoadResult } from "./job.ts";
import { Pool } from "./pool.ts";
import { CompressedLoad } from "./shapes/compressed.ts";
import { CompressedBroadcastLoad } from "./shapes/compressed-broadcast.ts";
import { EchoLoad } from "./shapes/echo.ts";
import { FanOutLoad } from "./shapes/fan-out.ts";
import { OpenLoopLoad } from "./shapes/open-loop.ts";
import { ShortLivedLoad } from "./shapes/short-lived.ts";
import { chooseTransport } from "./transport/choose.ts";
import { overHttp2 } from "./transport/http2.ts";
import type { Transport } from "./transport/transport.ts";

const sockets = await chooseTransport();
let held: Pool | undefined;

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function transportFor({ http2 }: { readonly http2?: boolean }): Transport {
  return http2 === true ? overHttp2(sockets) : sockets;
}

async function hold(job: HoldJob): Promise<Answer> {
  held = new Pool(transportFor(job), job, () => {});
  await held.fill(job.connections);
  return { event: "held", connections: held.connections.length };
}

async function run(job: Job): Promise<Answer> {
  switch (job.kind) {
    case "exchange":
      held = await new CompressedLoad(job, transportFor(job)).exchange(job);
      return { event: "held", connections: held.connections.length };
    case "hold":
      return await hold(job);
    case "release":
      await held?.empty();
      held = undefined;
      return { event: "released" };
    default:
      return { event: "result", result: await measure(job) };
  }
}

function measure(
  job: Exclude<Job, { kind: "exchange" | "hold" | "release" }>,
): Promise<LoadResult> {
  const transport = transportFor(job);
  switch (job.kind) {
    case "echo":
      return new EchoLoad(job, transport).run((port) => say({ event: "listening", port }));
    case "open-loop":
      return new OpenLoopLoad(job, transport).run();
    case "compressed":
      return new CompressedLoad(job, transport).run(job);
    case "short-lived":
      return new ShortLivedLoad(job, transport).run();
    case "fan-out":
      return new FanOutLoad(job, transport).run();
    case "compressed-broadcast":
      return new CompressedBroadcastLoad(job, transport).run();
  }
}

say({ event: "ready", transport: sockets.name });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say(await run(JSON.parse(line) as Job));
  } catch (error) {
    await held?.empty();
    held = undefined;
    say({ event: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}
process.exit(0);
