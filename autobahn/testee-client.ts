/**
 * The client that the suite's fuzzing server tests. The suite's protocol is a connection per
 * question: `/getCaseCount` answers with a number, `/runCase?case=N&agent=NAME` runs the N-th
 * case against a client that sends back what it receives,
 * `/updateReports?agent=NAME` writes the reports.
 *
 * Arguments: the suite's URL and the name to appear under in the reports.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Connection, connect } from "../src/index.ts";
import { LIMITS } from "./limits.ts";

/** Milliseconds that the suite may take to start; a container's port answers before it does. */
const START_TIMEOUT = 60_000;

/** The suite answers late when it is busy with its reports, and when the machine is. */
const OPTIONS = { ...LIMITS, handshakeTimeout: Number.POSITIVE_INFINITY };

const [url, agent] = process.argv.slice(2);
if (url === undefined || agent === undefined) {
  throw new Error("usage: testee-client.ts ws://HOST:PORT AGENT");
}
// The runner is gone, however it ended.
process.on("disconnect", () => process.exit());

const count = await caseCount(url);
for (let number = 1; number <= count; number++) {
  await visit(`${url}/runCase?case=${number}&agent=${agent}`);
}
await visit(`${url}/updateReports?agent=${agent}`);
// The runner's channel would keep the process.
process.exit();

async function caseCount(suite: string): Promise<number> {
  const deadline = Date.now() + START_TIMEOUT;
  for (;;) {
    try {
      const ws = await connect(`${suite}/getCaseCount`);
      const answer = await ws.receive();
      await ws.close();
      return Number(answer);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}

/** Connects and echoes. Some cases of `barewire conform` answer so that it must not connect. */
async function visit(address: string): Promise<void> {
  let ws: Connection;
  try {
    ws = await connect(address, OPTIONS);
  } catch {
    return;
  }
  await echo(ws);
}

/** Sends back every message until the connection ends, in whichever way the case ends it. */
async function echo(ws: Connection): Promise<void> {
  try {
    for await (const message of ws) await ws.send(message);
  } catch {
    // Most cases break the protocol on purpose; what came of it is for the suite to judge.
  }
  await ws.closed;
}
