/** `npm run conform:gate`: what `barewire conform` finds in peers, against what is known of them. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runConform } from "../../src/cli/conform/command.ts";
import type { Surprise } from "../../src/conformance/expectations.ts";
import { select } from "../../src/conformance/selection.ts";
import { connect } from "../../src/index.ts";
import { end, endChildrenOnExit } from "../children.ts";
import { describePeer, isInstalled, PEER_LIST } from "../compare/peers.ts";
import { preparePeers } from "../compare/prepare.ts";
import { UsageError } from "../options.ts";
import { freePort, startTestee } from "../role-run.ts";
import { type Testee, urlOf } from "../testee.ts";
import { GATE_HELP, type GatePlan, type GateRun, parseGateOptions } from "./options.ts";

/** What `.ci/run` counts, beside the reports of each peer. */
const COUNTS_FILE = "counts.json";

async function main(args: readonly string[]): Promise<number> {
  let plan: GatePlan | "help";
  try {
    plan = parseGateOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${GATE_HELP}`);
    return 2;
  }
  if (plan === "help") {
    process.stdout.write(GATE_HELP);
    return 0;
  }
  const counts = [];
  const folder = resolve(plan.out);
  await rm(join(folder, COUNTS_FILE), { force: true });
  for (const run of plan.runs) {
    counts.push({ ...run, ...(await gate(plan, run)) });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, COUNTS_FILE), `${JSON.stringify(counts, undefined, 2)}\n`);
  }
  return counts.every(({ failed }) => failed === 0) ? 0 : 1;
}

async function gate(plan: GatePlan, { peer: name, role, http2 = false }: GateRun) {
  const peer = PEER_LIST.find((one) => one.name === name)!;
  if (!isInstalled(peer)) preparePeers((line) => process.stderr.write(`${line}\n`));
  const cases = select({ cases: plan.cases }, role, http2 ? "2" : "1.1").length;
  console.log(`${describePeer(peer)} as ${role}${http2 ? " over HTTP/2" : ""}: ${cases} cases`);
  const title = `${name.replaceAll(":", "-")}-${http2 ? "http2" : role}`;
  const folder = join(resolve(plan.out), title);
  await mkdir(folder, { recursive: true });
  const options = [
    ...["--out", folder, "--cases", plan.cases.join(","), "--timeout", "480"],
    ...(plan.full ? ["--full"] : []),
    ...expectOptions(title),
    ...(http2 ? ["--http2"] : []),
  ];
  const begun = performance.now();
  const test = role === "server" ? testServer : testClient;
  const code = await test(await peer.testee(role), folder, options);
  console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s, reports in ${folder}\n`);
  if (code > 1) return { passed: 0, failed: cases };
  const list = JSON.parse(await readFile(join(folder, "surprises.json"), "utf8"));
  const failed = code === 0 ? 0 : (list as readonly Surprise[]).length;
  return { passed: cases - failed, failed };
}

function expectOptions(title: string): string[] {
  const place = (file: string) => fileURLToPath(new URL(`expected/${file}.json`, import.meta.url));
  const file = place(title);
  // A peer of which nothing is known has no file: nothing may be wrong with it.
  return ["--expect", existsSync(file) ? file : place("none")];
}

async function testServer(testee: Testee, folder: string, options: readonly string[]) {
  const server = startTestee(
    { testee, folder },
    options.filter((option) => option === "--http2"),
  );
  try {
    const more = ["--agent", testee.agent, "--retries", "2"];
    return await runConform([await urlOf(server), ...more, ...options]);
  } finally {
    await end(server);
  }
}

async function testClient(testee: Testee, folder: string, options: readonly string[]) {
  const port = await freePort();
  const code = runConform(["--listen", String(port), "--once", ...options]);
  await Promise.race([untilListening(port), code]);
  const client = startTestee({ testee, folder }, [`ws://127.0.0.1:${port}`, testee.agent]);
  client.stdout?.resume();
  // One that dies early asks for no reports, which would be waited for.
  client.once("exit", () => void connect(`ws://127.0.0.1:${port}/stopServer`).catch(() => {}));
  try {
    return await code;
  } finally {
    await end(client);
  }
}

async function untilListening(port: number): Promise<void> {
  while (!(await isListening(port))) await delay(50);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connectTcp(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

endChildrenOnExit();
process.exitCode = await main(process.argv.slice(2));
