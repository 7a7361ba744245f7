/**
 * The load generator: a process of its own that takes jobs, one line of JSON each, and answers
 * each with a line of JSON. It runs on Bun or on Node, see `transport.ts`.
 */
import { createInterface } from "node:readline";
import { BroadcastLoad } from "./broadcast.ts";
import { CompressedLoad } from "./compressed.ts";
import { EchoLoad } from "./echo.ts";
import type { Answer, HoldJob, Job } from "./job.ts";
import { Pool } from "./pool.ts";
import { StormLoad } from "./storm.ts";
import { loadTransport } from "./transport.ts";

const transport = await loadTransport();
let held: Pool | undefined;

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function hold(job: HoldJob): Promise<Answer> {
  held = new Pool(transport, job, () => {});
  await held.fill(job.connections);
  return { event: "held", connections: held.connections.length };
}

async function run(job: Job): Promise<Answer> {
  switch (job.kind) {
    case "echo": {
      const listening = (port: number) => say({ event: "listening", port });
      return { event: "result", result: await new EchoLoad(job, transport).run(listening) };
    }
    case "storm":
      return { event: "result", result: await new StormLoad(job, transport).run() };
    case "broadcast":
      return { event: "result", result: await new BroadcastLoad(job, transport).run() };
    case "compressed":
      return { event: "result", result: await new CompressedLoad(job, transport).run(job) };
    case "exchange":
      held = await new CompressedLoad(job, transport).exchange(job);
      return { event: "held", connections: held.connections.length };
    case "hold":
      return await hold(job);
    case "release":
      await held?.empty();
      held = undefined;
      return { event: "released" };
  }
}

say({ event: "ready", transport: transport.name });
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
