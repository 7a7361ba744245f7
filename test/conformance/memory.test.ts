import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { processTree, residentBytes } from "../../src/conformance/run/process-tree.ts";

const PEER = fileURLToPath(new URL("reference/memory-peer.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function start(kind: string) {
  const child = spawn(process.execPath, ["--import", TSX, PEER, kind], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [port] = await once(child.stdout, "data");
  return { child, pid: child.pid!, url: `ws://127.0.0.1:${String(port).trim()}/` };
}

async function run(kind: string, cases: readonly string[]): Promise<CaseResult[]> {
  const { pid, url } = await start(kind);
  const results: CaseResult[] = [];
  for await (const result of conform(url, { pid, cases })) results.push(result);
  return results;
}

const verdicts = (results: readonly CaseResult[]) =>
  results.map(({ id, behavior, result }) => `${id} ${behavior}: ${result}`);

describe("section 25 with the memory of the server", () => {
  it("passes barewire", { timeout: 120_000 }, async () => {
    const results = await run("barewire", ["25.*"]);
    expect(verdicts(results).filter((line) => !/^25\.\d+ OK: /.test(line))).toEqual([]);
    expect(results.length).toBe(14);
  });

  it("fails a server that buffers without bound", { timeout: 120_000 }, async () => {
    const lines = verdicts(await run("keeps", ["25.4", "25.5", "25.11"]));
    const grew = /^25\.\d+ FAILED: .*Memory grew by \d+ MiB over \d+, more than 128\.$/;
    expect(lines).toEqual(lines.map(() => expect.stringMatching(grew)));
    expect(lines).toHaveLength(3);
  });

  it("fails a server that keeps 200 MiB, in the case that it does so in", {
    timeout: 120_000,
  }, async () => {
    const hoarding = ["25.7", "25.8", "25.10", "25.12"];
    const { child, pid, url } = await start("hoards");
    const results: CaseResult[] = [];
    for await (const result of conform(url, { pid, cases: ["25.6", ...hoarding, "25.13"] })) {
      results.push(result);
      if (results.length > hoarding.length) continue;
      const armed = once(child.stdout!, "data");
      child.kill("SIGUSR2");
      await armed;
    }
    const failed = results.filter(({ behavior }) => behavior === "FAILED").map(({ id }) => id);
    expect(failed).toEqual(hoarding);
    // What one case has left is not charged to the next.
    expect(results.at(-1)).toMatchObject({ id: "25.13", behavior: "OK" });
    for (const { id, result } of results) {
      if (hoarding.includes(id))
        expect(result).toMatch(/Memory grew by [12]\d\d MiB over \d+, more than 64\.$/);
    }
  });

  it("watches the children of the process, too", { timeout: 60_000 }, async () => {
    const { child, pid } = await start("hoards");
    const alone = (await residentBytes(pid))!;
    const both = (await residentBytes(process.pid))!;
    expect(alone).toBeGreaterThan(2 ** 20);
    expect(await processTree(process.pid)).toEqual(expect.arrayContaining([process.pid, pid]));
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect(await residentBytes(pid)).toBeUndefined();
    expect((await residentBytes(process.pid))!).toBeLessThan(both - alone / 2);
  });

  it("fails a server whose process is gone", { timeout: 60_000 }, async () => {
    const { child, pid, url } = await start("hoards");
    const gone = once(child, "exit");
    const results: CaseResult[] = [];
    for await (const result of conform(url, { pid, cases: ["25.6", "25.9", "25.12"] })) {
      results.push(result);
      if (result.id !== "25.6") continue;
      setTimeout(() => child.kill("SIGKILL"), 300);
    }
    await gone;
    expect(verdicts(results)).toEqual([
      "25.6 OK: Nothing came back.",
      expect.stringMatching(/^25\.9 FAILED: .*Crash: /),
      "25.12 NOT RUN: The testee died in case 25.9.",
    ]);
  });

  it("wants a process that there is", async () => {
    expect(await residentBytes(process.pid)).toBeGreaterThan(2 ** 20);
    const run = conform("ws://127.0.0.1:1/", { pid: 2 ** 30 }).next();
    await expect(run).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
