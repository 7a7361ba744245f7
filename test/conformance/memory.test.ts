import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { residentBytes } from "../../src/conformance/run/process-tree.ts";

const PEER = fileURLToPath(new URL("reference/memory-peer.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function start(kind: string): Promise<{ pid: number; url: string }> {
  const child = spawn(process.execPath, ["--import", TSX, PEER, kind], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [port] = await once(child.stdout, "data");
  return { pid: child.pid!, url: `ws://127.0.0.1:${String(port).trim()}/` };
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
    expect(
      verdicts(results).filter((line) => !/^25\.\d+ OK: .* Memory grew by/.test(line)),
    ).toEqual([]);
    expect(results.length).toBe(12);
  });

  it.each(["25.4", "25.5", "25.11"])(
    "fails a server that buffers without bound: %s",
    { timeout: 60_000 },
    async (id) => {
      const lines = verdicts(await run("reference", [id]));
      expect(lines).toEqual([expect.stringMatching(/FAILED: .* more than 128\.$/)]);
    },
  );

  it.each(["25.1", "25.7", "25.8", "25.10", "25.12"])(
    "fails a server that keeps 200 MiB: %s",
    { timeout: 60_000 },
    async (id) => {
      const lines = verdicts(await run("hoards", [id]));
      expect(lines).toEqual([expect.stringMatching(/FAILED: .* more than 64\.$/)]);
    },
  );

  it("fails a server whose process is gone", { timeout: 60_000 }, async () => {
    const { pid, url } = await start("reference");
    const results: CaseResult[] = [];
    const end = setTimeout(() => process.kill(pid, "SIGKILL"), 1000);
    for await (const result of conform(url, { pid, cases: ["25.6"] })) results.push(result);
    clearTimeout(end);
    expect(verdicts(results)).toEqual([expect.stringMatching(/FAILED: .*process is gone/)]);
  });

  it("wants a process that there is", async () => {
    expect(await residentBytes(process.pid)).toBeGreaterThan(2 ** 20);
    const run = conform("ws://127.0.0.1:1/", { pid: 2 ** 30 }).next();
    await expect(run).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
