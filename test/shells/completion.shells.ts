/** What bash, zsh and fish complete, each with a terminal in front of it and the tabulator pressed. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import { Terminal } from "@xterm/headless";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";

const MAIN = inject("barewireCommand");

let folder: string;
let shell: IPty | undefined;
let screen: Terminal;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "barewire-shells-"));
  const program = join(folder, "bin", "barewire");
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "a directory"));
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(join(folder, "certificate.pem"), "");
});

afterEach(() => {
  shell?.kill("SIGKILL");
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** How each shell is started without its user's settings, and told to complete. */
const SHELLS = {
  bash: { args: ["--norc", "--noprofile", "-i"], load: 'eval "$(barewire completion bash)"' },
  zsh: {
    args: ["-f", "-i"],
    load: "autoload -Uz compinit && compinit -u -D && source <(barewire completion zsh)",
  },
  fish: { args: ["--no-config", "-i"], load: "barewire completion fish | source" },
} as const;

type Shell = keyof typeof SHELLS;

/** Starts the shell and loads the completion. */
async function start(name: Shell): Promise<void> {
  screen = new Terminal({ cols: 100, rows: 40, allowProposedApi: true });
  const { PATH = "" } = process.env;
  shell = spawn(name, [...SHELLS[name].args], {
    cols: 100,
    rows: 40,
    cwd: folder,
    env: {
      ...(process.env as Record<string, string>),
      PATH: `${join(folder, "bin")}${delimiter}${PATH}`,
      HOME: folder,
      PS1: "$ ",
      TERM: "xterm-256color",
    },
  });
  shell.onData((text) => screen.write(text));
  // Some shells ask the terminal what it is, and wait for the answer.
  screen.onData((answer) => shell?.write(answer));
  shell.write(`${SHELLS[name].load}; echo rea""dy\r`);
  await seen(/^ready/m);
}

function text(): string {
  const { active } = screen.buffer;
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)!);
  return lines.map((line) => line.translateToString(true)).join("\n");
}

/** Waits until the screen shows it. */
async function seen(pattern: RegExp): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!pattern.test(text())) {
    if (performance.now() > deadline) throw new Error(`not on the screen: ${pattern}\n${text()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const TAB = "\t";

describe.each(Object.keys(SHELLS) as Shell[])("%s completes", (name) => {
  it("commands", async () => {
    await start(name);
    shell?.write(`barewire conn${TAB}`);
    await seen(/barewire connect /);
  });

  it("options of the command", async () => {
    await start(name);
    shell?.write(`barewire connect --subp${TAB}`);
    await seen(/barewire connect --subprotocol/);
    shell?.write(`\x15barewire bench --warm${TAB}`);
    await seen(/barewire bench --warm-up/);
    shell?.write(`\x15barewire serve --ro${TAB}`);
    await seen(/barewire serve --root/);
  });

  it("words and files where an option takes them", async () => {
    await start(name);
    shell?.write(`barewire connect --color al${TAB}`);
    await seen(/--color always/);
    shell?.write(`\x15barewire connect --ca cert${TAB}`);
    await seen(/--ca certificate\.pem/);
    shell?.write(`\x15barewire bench --rate m${TAB}`);
    await seen(/--rate max/);
    shell?.write(`\x15barewire completion zs${TAB}`);
    await seen(/completion zsh/);
    shell?.write(`\x15barewire help ser${TAB}`);
    await seen(/help serve/);
  });

  it("lists what is possible", async () => {
    await start(name);
    shell?.write(`barewire connect --s${TAB}${TAB}`);
    for (const option of ["--send", "--servername", "--show", "--split", "--subprotocol"]) {
      await seen(new RegExp(option));
    }
    if (name !== "bash") await seen(/subprotocol to offer/);
  });
});

describe("what they are given", () => {
  it.each([
    ["bash", ["-n"]],
    ["zsh", ["-n"]],
    ["fish", ["-n"]],
  ])("is without a mistake for %s", (name, args) => {
    const script = execFileSync(process.execPath, [MAIN, "completion", name], { encoding: "utf8" });
    const file = join(folder, `script.${name}`);
    writeFileSync(file, script);
    expect(execFileSync(name, [...args, file], { encoding: "utf8" })).toBe("");
  });
});
