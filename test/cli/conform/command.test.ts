import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { runConform } from "../../../src/cli/conform/command.ts";
import { parseConformArguments } from "../../../src/cli/conform/options.ts";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { startCommand } from "../run-command.ts";
import { testedServer } from "./tested-server.ts";

const tested = testedServer({ pong: () => undefined });

describe("a reader that leaves", () => {
  it.each(["stdout", "stderr"] as const)(
    "of %s changes neither exit code nor reports",
    async (stream) => {
      const out = join(tested.folder, stream);
      const command = startCommand(["conform", tested.server.url, "--cases", "2.1", "--out", out]);
      command.child[stream].destroy();
      expect(await command.exit).toBe(1);
      expect(await readdir(out)).toContain("junit.xml");
    },
  );
});

it("servers of one name have reports of their own", async () => {
  const out = join(tested.folder, "two");
  const urls = [tested.server.url, `${tested.server.url}second`];
  const args = ["--agent", "mine", "--cases", "1.1.1", "--out", out];
  const command = startCommand(["conform", ...urls, ...args]);
  expect(await command.exit).toBe(0);
  const index = JSON.parse(await readFile(join(out, "index.json"), "utf8"));
  expect(Object.keys(index)).toEqual(["mine", `mine ${urls[1]}`]);
  expect((await readdir(out)).filter((name) => name.includes("_case_1_1_1"))).toHaveLength(2);
});

describe("what is said of", () => {
  let certificate: string;
  let pem: { cert: string; key: string };

  beforeAll(async () => {
    certificate = join(tested.folder, "no-certificate.pem");
    await writeFile(certificate, "no PEM");
    const { cert, key } = selfSignedCertificate([]);
    pem = { cert: join(tested.folder, "cert.pem"), key: join(tested.folder, "key.pem") };
    await writeFile(pem.cert, cert);
    await writeFile(pem.key, key);
  });

  const refusal = async (...argv: string[]): Promise<string> => {
    const said: string[] = [];
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    try {
      expect(await runConform(argv)).toBe(2);
    } finally {
      write.mockRestore();
    }
    return said.join("");
  };

  it.each([
    ["--jobs 1.5 ws://h", '--jobs: expected an integer from 1 to 1000, got "1.5"'],
    ["--listen 1.5", '--listen: expected an integer from 0 to 65535, got "1.5"'],
    ["--timeout x ws://h", "--timeout: expected a number"],
    [
      "--listen -1",
      "--listen: expected a value; one that begins with a dash is written --listen=-…",
    ],
    ["--nonsense", "Unknown option '--nonsense' (see --help)"],
    ["--cases 1.* --exclude * ws://h", "no case matches 1.* and none of *"],
    ["--listen 0 --cases 99.*", "no case matches 99.*\n"],
    ["--listen 0 --header A:b", "--header is for servers under test only"],
    ["--host h ws://h", "--host is for tests of clients (--listen) only"],
  ])("%s", async (line, message) => {
    expect(await refusal(...line.split(" "))).toContain(message);
  });

  it("files that have no certificates", async () => {
    expect(await refusal("ws://h", "--ca", certificate)).toContain(
      `--ca: expected certificates in PEM, found none in ${certificate}`,
    );
    expect(await refusal("--listen", "0", "--cert", certificate, "--key", pem.key)).toContain(
      `${certificate} and ${pem.key} are not a certificate and its private key in PEM`,
    );
    const both = ["--listen", "0", "--cert", pem.cert, "--key", pem.key];
    expect(await parseConformArguments(both)).toMatchObject({ listen: { port: 0 } });
  });

  it.each(["{}x", "[]", '{"a": 1}', '{"a": {"1.1.1": {"behavior": "OK"}}}', '{"a": "OK"}'])(
    "diff with %s",
    async (text) => {
      const file = join(tested.folder, "other.json");
      await writeFile(file, text);
      expect(await refusal("diff", file, file)).toContain(`report`);
    },
  );
});

it("diff --help is help", async () => {
  const command = startCommand(["conform", "diff", "--help"]);
  expect(await command.exit).toBe(0);
  expect(command.stdout).toContain("barewire conform diff BEFORE AFTER");
});
