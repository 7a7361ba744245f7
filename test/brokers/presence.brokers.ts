import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Presence } from "../../src/presence/presence.ts";
import { type Engine, natsServer, redisServer } from "./engine.ts";
import { brokerOf, PACKAGES } from "./presence-brokers.ts";

const MEMBER = fileURLToPath(new URL("presence-member.ts", import.meta.url));

for (const packageName of PACKAGES) {
  describe(`presence by ${packageName}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = packageName.includes("nats") ? await natsServer() : await redisServer(false);
      return () => engine.remove();
    });

    /** This process, and what it is told. */
    const watcher = async () => {
      const broker = await brokerOf(packageName, engine.port);
      const presence = new Presence({ broker, timeout: 2000, onError: () => {} });
      onTestFinished(() => presence.close());
      const lines: string[] = [];
      const watch = presence.watch("room", {
        join: ({ key }) => lines.push(`+${key}`),
        leave: ({ key }) => lines.push(`-${key}`),
      });
      await watch.ready;
      return { presence, lines };
    };
    /** Another process, which is in the room. */
    const member = async (key: string): Promise<ChildProcess> => {
      const program = ["--import", "tsx", MEMBER, packageName, `${engine.port}`, key];
      const child = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      await once(child.stdout!, "data");
      return child;
    };

    it("loses those whose process is killed, and no others", async () => {
      const here = await watcher();
      const [bob] = await Promise.all([member("bob"), member("carl")]);
      await expect.poll(() => [...here.lines].sort()).toEqual(["+bob", "+carl"]);
      const late = await watcher();
      await expect.poll(() => [...late.lines].sort()).toEqual(["+bob", "+carl"]);
      bob.kill("SIGKILL");
      await expect.poll(() => here.lines.slice(2), { timeout: 15_000 }).toEqual(["-bob"]);
      await expect.poll(() => late.lines.slice(2), { timeout: 15_000 }).toEqual(["-bob"]);
      expect([...here.presence.list("room").keys()]).toEqual(["carl"]);
    });

    it("comes together again when the engine is killed and started", async () => {
      const [here, there] = [await watcher(), await watcher()];
      here.presence.join("room", "ann");
      there.presence.join("room", "bob");
      const keys = () => [here, there].map(({ presence }) => [...presence.list("room").keys()]);
      const sorted = () => keys().map((list) => list.sort());
      await expect.poll(sorted).toEqual(Array(2).fill(["ann", "bob"]));
      await engine.kill();
      const dora = here.presence.join("room", "dora");
      there.presence.join("room", "eve");
      dora.leave();
      await engine.start();
      const all = ["ann", "bob", "eve"];
      await expect.poll(sorted, { timeout: 30_000 }).toEqual([all, all]);
    });
  });
}
