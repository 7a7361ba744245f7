/** A testee that dies: the case that did it is named, the others get their verdicts or have none. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type CaseResult, type ConformOptions, conform } from "../../../src/conformance/conform.ts";
import { freePort } from "../reference/free-port.ts";
import { type ReferenceServer, startReferenceServer } from "../reference/reference-server.ts";

const MORTAL = fileURLToPath(new URL("../reference/mortal-peer.ts", import.meta.url));
const LATE = fileURLToPath(new URL("../reference/late-peer.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

/** The messages of cases 1.1.2 to 1.1.8 have these lengths. */
const CASES = ["1.1.*"];
const DEADLY = 126;
/** Milliseconds until a server is back. */
const AWAY = 300;

const servers = new Set<ReferenceServer>();
afterEach(async () => {
  await Promise.all([...servers].map((server) => server.close()));
  servers.clear();
});

/** Starts a server that ends at a message of a length, and listens again, or not. */
async function mortal(
  comesBack: boolean,
  deadly = [DEADLY],
  away = AWAY,
  dying = () => Promise.resolve(),
): Promise<string> {
  let url = "";
  const start = async (port: number) => {
    const server = await startReferenceServer(
      {
        loses: ({ length }) => {
          if (!deadly.includes(length) || !servers.delete(server)) return false;
          void dying().then(() => {
            void server.close();
            if (comesBack) setTimeout(() => void start(server.port), away);
          });
          return true;
        },
      },
      port,
    );
    servers.add(server);
    url ||= server.url;
  };
  await start(0);
  return url;
}

async function run(url: string, options: ConformOptions): Promise<Map<string, CaseResult>> {
  const results = new Map<string, CaseResult>();
  for await (const result of conform(url, { cases: CASES, ...options })) {
    expect(results.has(result.id)).toBe(false);
    results.set(result.id, result);
  }
  return results;
}

const crashed = (results: Map<string, CaseResult>) =>
  [...results.values()].filter((result) => result.crashed).map(({ id }) => id);
const verdictsOf = (results: Map<string, CaseResult>) =>
  [...results.values()].map(({ behavior, id }) => `${id} ${behavior}`).sort();

describe("a server that dies", () => {
  it("ends the run with the case that did it, when one ran at a time", async () => {
    const results = await run(await mortal(false), { jobs: 1 });
    expect(crashed(results)).toEqual(["1.1.3"]);
    expect(results.get("1.1.3")).toMatchObject({ behavior: "FAILED", rule: "livesOn" });
    expect(results.get("1.1.3")?.result).toContain("Crash: ");
    expect(verdictsOf(results)).toEqual([
      "1.1.1 OK",
      "1.1.2 OK",
      "1.1.3 FAILED",
      ...["4", "5", "6", "7", "8"].map((n) => `1.1.${n} NOT RUN`),
    ]);
    expect(results.get("1.1.8")?.result).toBe("The testee died in case 1.1.3.");
  });

  it("and comes back: its neighbours are repeated by themselves", async () => {
    const results = await run(await mortal(true), { jobs: 8 });
    expect(crashed(results)).toEqual(["1.1.3"]);
    expect(verdictsOf(results)).toEqual(
      ["1", "2", "3", "4", "5", "6", "7", "8"].map(
        (n) => `1.1.${n} ${n === "3" ? "FAILED" : "OK"}`,
      ),
    );
  });

  it("may do so in two cases", async () => {
    const results = await run(await mortal(true, [126, 65_535]), { jobs: 8 });
    expect(crashed(results).sort()).toEqual(["1.1.3", "1.1.6"]);
    expect(results.get("1.1.8")?.behavior).toBe("OK");
  });

  it("is started again, and what its process said is told", { timeout: 60_000 }, async () => {
    const port = await freePort();
    const start = `"${process.execPath}" --import "${TSX}" "${MORTAL}" ${port} ${DEADLY}`;
    const results = await run(`ws://127.0.0.1:${port}/`, { start });
    expect(crashed(results)).toEqual(["1.1.3"]);
    expect(results.get("1.1.3")?.result).toContain("the process ended with exit code 3");
    expect([...results.values()].filter(({ behavior }) => behavior === "OK")).toHaveLength(7);
    // It ends with the run.
    await expect(conform(`ws://127.0.0.1:${port}/`).next()).rejects.toThrow("ECONNREFUSED");
  });

  it("is dead although another process serves in its place", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const gone = once(child, "exit");
    const url = await mortal(true, [DEADLY], 0, async () => {
      child.kill("SIGKILL");
      await gone;
    });
    const results = await run(url, { jobs: 1, pid: child.pid! });
    expect(crashed(results)).toEqual(["1.1.3"]);
    expect(results.get("1.1.4")?.behavior).toBe("NOT RUN");
  });
});

describe("a command that starts a server", () => {
  it("and does not, is shown with what it printed", async () => {
    const port = await freePort();
    const start = `"${process.execPath}" -e "console.log('no such file'); process.exit(7)"`;
    const run = conform(`ws://127.0.0.1:${port}/`, { start }).next();
    await expect(run).rejects.toMatchObject({ code: "UNREACHABLE" });
    await expect(run).rejects.toThrow(/exit code 7.*\n.*no such file/s);
  });

  it("may have it listen before it serves", async () => {
    const port = await freePort();
    const start = `"${process.execPath}" --import "${TSX}" "${LATE}" ${port}`;
    const results = await run(`ws://127.0.0.1:${port}/`, { start, cases: ["1.1.1"] });
    expect(results.get("1.1.1")?.behavior).toBe("OK");
  });

  it("is not run where something listens already", async () => {
    const url = await mortal(false);
    const run = conform(url, { start: "exit 1" }).next();
    await expect(run).rejects.toThrow(/something listens at 127\.0\.0\.1 port \d+ already/);
  });

  it("excludes the id of a process", async () => {
    const run = conform("ws://127.0.0.1:1/", { start: "exit 1", pid: process.pid }).next();
    await expect(run).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
