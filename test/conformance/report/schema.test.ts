/** Whatever the suite writes in JSON is as its schema says. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { REPORT_SCHEMA } from "../../../src/conformance/report/schema.ts";
import { endCommands, runCommand } from "../../cli/run-command.ts";
import { type ReferenceServer, startReferenceServer } from "../reference/reference-server.ts";

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, allErrors: true });
ajv.addSchema(REPORT_SCHEMA, "reports");

/** What is wrong with a value as the schema has it under this name. */
function faults(name: string, value: unknown): string[] {
  const validate = ajv.getSchema(`reports#/$defs/${name}`)!;
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

let server: ReferenceServer;
let folder: string;
let printed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "barewire-schema-"));
  server = await startReferenceServer({ pong: () => undefined, utf8: "late" });
  const cases = ["--cases", "1.1.1,2.1,6.4.1,7.7.1,9.1.1,12.1.1,20.1.1,22.9.1"];
  const expectations = join(folder, "expect.json");
  const args = ["conform", server.url, ...cases, "--out", folder];
  await runCommand([...args, "--write-expect", expectations]);
  // Another testee, of which other things are true.
  server.faults = {};
  const run = await runCommand([...args, "--format", "json", "--expect", expectations]);
  printed = run.stdout;
});
afterEach(endCommands);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const read = async (file: string) => JSON.parse(await readFile(join(folder, file), "utf8"));

describe("as the schema says", () => {
  it("is each kind of file in the folder of reports", async () => {
    expect(await read("schema.json")).toEqual(REPORT_SCHEMA);
    expect(faults("index", await read("index.json"))).toEqual([]);
    expect(faults("expectations", await read("expect.json"))).toEqual([]);
    const surprises = await read("surprises.json");
    expect(surprises.length).toBeGreaterThan(0);
    expect(faults("surprises", surprises)).toEqual([]);
    const cases = (await readdir(folder)).filter((file) => file.includes("_case_"));
    expect(cases).toHaveLength(8);
    for (const file of cases) expect(faults("case", await read(file)), file).toEqual([]);
  });

  it("is what --format json and --list --json print", async () => {
    expect(faults("run", JSON.parse(printed))).toEqual([]);
    const { code, stdout } = await runCommand(["conform", "--list", "--json"]);
    expect(code).toBe(0);
    const list = JSON.parse(stdout);
    expect(faults("list", list)).toEqual([]);
    expect(new Set(list.map(({ id }: { id: string }) => id)).size).toBe(list.length);
  });

  it("is nothing that lacks a field, or has another", async () => {
    const [file = ""] = (await readdir(folder)).filter((name) => name.includes("_case_"));
    const { attempts, ...less } = await read(file);
    expect(faults("case", less)).not.toEqual([]);
    expect(faults("case", { ...less, attempts, nonsense: 1 })).not.toEqual([]);
    expect(faults("expectations", [{ case: "1.1.1", verdict: "BAD", why: "x" }])).not.toEqual([]);
    expect(faults("index", { agent: { "1.1.1": { behavior: "FINE" } } })).not.toEqual([]);
  });
});
