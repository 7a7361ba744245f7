import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";

const run = promisify(execFile);
const { project } = inject("packed");
const consumers = inject("consumers");

/** Runs a file in the project and gives what it prints. */
async function runFile(name: string, code: string): Promise<string> {
  await writeFile(join(project, name), code);
  const { stdout } = await run(process.execPath, [name], { cwd: project });
  return stdout;
}

describe("require() of the package", () => {
  it("gives what import gives: one class of each name, so that instanceof holds", async () => {
    const printed = await runFile(
      "both.cjs",
      `
      const required = require("barewire");
      (async () => {
        const imported = await import("barewire");
        const names = Object.keys(required);
        console.log(names.length > 0 && names.every((name) => required[name] === imported[name]));
        try {
          await imported.connect("ws://127.0.0.1:1/");
        } catch (error) {
          console.log(error instanceof required.HandshakeError, error instanceof required.WebSocketError);
        }
        try {
          new required.Server({ nonsense: 1 });
        } catch (error) {
          console.log(error instanceof imported.ArgumentError);
        }
      })();
    `,
    );
    expect(printed).toBe("true\ntrue true\ntrue\n");
  });

  it("works in Jest as it comes", async () => {
    await writeFile(
      join(project, "echo.test.js"),
      `
      const { connect, Server, ArgumentError } = require("barewire");
      test("an echo, compressed", async () => {
        const server = new Server({ compression: true });
        server.handle("/", { message: (ws, data) => void ws.send(data) });
        const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
        const ws = await connect(url, { compression: true });
        ws.send("in Jest");
        expect(await ws.receive()).toBe("in Jest");
        ws.send(Buffer.from([1, 2, 3]));
        expect(await ws.receive()).toEqual(Buffer.from([1, 2, 3]));
        expect((await ws.close(1000)).code).toBe(1000);
        await server.shutdown({ timeout: 1000 });
      });
      test("an error of the library", () => {
        expect(() => new Server({ nonsense: 1 })).toThrow(ArgumentError);
      });
    `,
    );
    const jest = join(consumers, "jest", "bin", "jest.js");
    const args = [
      jest,
      "--rootDir",
      project,
      "--testEnvironment",
      "node",
      "--transform",
      "{}",
      "echo",
    ];
    const { stderr } = await run(process.execPath, args, { cwd: project });
    expect(stderr).toMatch(/^Tests: +2 passed, 2 total$/m);
  });
});
