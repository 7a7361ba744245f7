import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";
import { directory, freePort } from "../packages/processes.ts";
import { fileOf, folderForPrograms, write } from "./programs.ts";

const PAGE = "docs/how-to/pm2.md";
const PM2 = fileURLToPath(new URL("./node_modules/pm2/bin/pm2", import.meta.url));

/** The page's service in a PM2 of its own, until the test has finished. @returns a way to give it commands */
async function pm2(port: number) {
  const folder = await folderForPrograms();
  const server = fileOf(PAGE, "server.mjs").replace("8199", `${port}`).replace("20_000", "500");
  await write(folder, "server.mjs", server);
  const ecosystem = fileOf(PAGE, "ecosystem.config.cjs").replace(
    'exec_mode: "cluster",',
    'exec_mode: "cluster", node_args: ["--import", "tsx"],',
  );
  const file = await write(folder, "ecosystem.config.cjs", ecosystem);
  const home = await directory();
  const run = async (...words: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [PM2, ...words], {
      cwd: folder,
      env: { ...process.env, PM2_HOME: join(home, "pm2"), PM2_DISCRETE_MODE: "true" },
    });
    return stdout;
  };
  onTestFinished(async () => void (await run("kill")));
  await run("start", file);
  return run;
}

/** The processes of the service that run. */
async function pids(run: (...words: string[]) => Promise<string>): Promise<number[]> {
  const list = JSON.parse(await run("jlist")) as { pid: number; pm2_env: { status: string } }[];
  return list.filter(({ pm2_env }) => pm2_env.status === "online").map(({ pid }) => pid);
}

it("pm2 reload replaces the page's processes, and turns no client away", async () => {
  const port = await freePort();
  const run = await pm2(port);
  const url = `ws://127.0.0.1:${port}/echo`;
  const before = await pids(run);
  expect(before).toHaveLength(2);
  const stay = await Promise.all(Array.from({ length: 20 }, () => connect(url)));
  let isReloading = true;
  const reloaded = run("reload", "chat").finally(() => {
    isReloading = false;
  });
  let came = 0;
  while (isReloading) {
    const ws = await connect(url);
    await ws.send("hello");
    // It may be closed by the process that is just being replaced, but it was not refused.
    await Promise.race([ws.receive().catch(() => {}), ws.closed]);
    await ws.close();
    came++;
    await sleep(10);
  }
  await reloaded;
  expect(came).toBeGreaterThan(0);
  for (const ws of stay) expect(await ws.closed).toMatchObject({ code: 1012, clean: true });
  const behind = await pids(run);
  expect(behind).toHaveLength(2);
  expect(behind.filter((pid) => before.includes(pid))).toEqual([]);
});
