import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Expectation,
  expectationsOf,
  readExpectations,
  surprises,
  surprisesText,
  writeExpectations,
} from "../../src/conformance/expectations.ts";
import { verdictLine } from "../../src/conformance/result.ts";
import { resultWith } from "./reference/results.ts";

const KNOWN: readonly Expectation[] = [
  { case: "6.4.*", verdict: "NON-STRICT / OK", why: "Judged at the end." },
  { case: "9.3.1,9.3.2", verdict: "FAILED / FAILED", why: "Too many fragments." },
];

/** What is not as expected of one result: `"worse"`, `"better"`, `undefined`. */
function judged(id: string, verdict: string, more: object = {}, known = KNOWN) {
  const [surprise] = surprises([resultWith(id, verdict, more)], known);
  return surprise === undefined ? undefined : surprise.worse ? "worse" : "better";
}

describe("a run is as expected", () => {
  it.each([
    ["1.1.1", "OK / OK"],
    ["7.13.1", "INFORMATIONAL / INFORMATIONAL"],
    ["6.4.1", "NON-STRICT / OK"],
    ["9.3.2", "FAILED / FAILED"],
  ])("with %s %s", (id, verdict) => expect(judged(id, verdict)).toBeUndefined());

  it.each([
    ["1.1.1", "OK / UNCLEAN"],
    ["1.1.1", "NON-STRICT / OK"],
    ["12.1.1", "UNIMPLEMENTED / OK"],
    ["6.4.1", "FAILED / OK"],
    ["6.4.1", "NON-STRICT / WRONG CODE"],
    ["9.3.2", "NOT RUN / NOT RUN"],
  ])("and worse with %s %s", (id, verdict) => expect(judged(id, verdict)).toBe("worse"));

  it.each([
    ["6.4.1", "OK / OK"],
    ["9.3.1", "FAILED / OK"],
    ["9.3.1", "NON-STRICT / FAILED"],
  ])("and better with %s %s", (id, verdict) => expect(judged(id, verdict)).toBe("better"));

  it("where a case is flaky and one of its verdicts is the expected one", () => {
    const attempts = ["FAILED / FAILED", "OK / OK"];
    expect(judged("9.3.1", "OK / OK", { flaky: true, attempts })).toBeUndefined();
    expect(judged("9.3.1", "OK / OK", { flaky: false, attempts: ["OK / OK"] })).toBe("better");
    const others = { flaky: true, attempts: ["NON-STRICT / OK", "OK / OK"] };
    expect(judged("9.3.1", "OK / OK", others)).toBe("better");
  });

  it("a crash is worse than the same verdict without, unless it is expected", () => {
    expect(judged("9.3.1", "FAILED / FAILED", { crashed: true })).toBe("worse");
    const known = [{ ...KNOWN[1]!, crash: true }];
    expect(judged("9.3.1", "FAILED / FAILED", { crashed: true }, known)).toBeUndefined();
    expect(judged("9.3.1", "FAILED / FAILED", {}, known)).toBe("better");
  });

  it("of the agent that an entry names", () => {
    const known = [{ ...KNOWN[0]!, agent: "mine*" }];
    expect(judged("6.4.1", "NON-STRICT / OK", { agent: "mine 2" }, known)).toBeUndefined();
    expect(judged("6.4.1", "NON-STRICT / OK", { agent: "other" }, known)).toBe("worse");
  });

  it("and is told in a line for each surprise", () => {
    const results = [resultWith("9.3.1", "OK / OK"), resultWith("2.1", "FAILED / OK")];
    expect(surprisesText(surprises(results, KNOWN)).split("\n")).toEqual([
      "worse   2.1      FAILED / OK, expected OK / OK",
      "better  9.3.1    OK / OK, expected FAILED / FAILED",
    ]);
  });
});

describe("expectations made of a run", () => {
  const results = [
    resultWith("9.3.1", "FAILED / FAILED", { result: "Got nothing.", crashed: true }),
    resultWith("6.4.1", "NON-STRICT / OK", { result: "Judged late." }),
    resultWith("1.1.1", "OK / OK"),
    resultWith("1.1.2", "OK / UNCLEAN", { resultClose: "No end of TCP." }),
    resultWith("1.1.3", "NOT RUN / NOT RUN"),
  ];

  it("have an entry for whatever is not fine, and keep the reasons that are known", () => {
    expect(expectationsOf(results, KNOWN)).toEqual([
      { case: "1.1.2", verdict: "OK / UNCLEAN", why: "No end of TCP." },
      { case: "6.4.1", verdict: "NON-STRICT / OK", why: "Judged at the end." },
      { case: "9.3.1", verdict: "FAILED / FAILED", why: "Too many fragments.", crash: true },
    ]);
  });

  it("are met by the same run, but for what was not run", () => {
    const list = surprises(results, expectationsOf(results));
    expect(list.map(({ id }) => id)).toEqual(["1.1.3"]);
    const twice = [...results, ...results.map((one) => ({ ...one, agent: "other" }))].filter(
      (one) => verdictLine(one) !== "NOT RUN / NOT RUN",
    );
    expect(surprises(twice, expectationsOf(twice))).toEqual([]);
    expect(expectationsOf(twice)[0]).toMatchObject({ agent: "agent" });
  });
});

describe("files of expectations", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "barewire-expectations-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("are written and read, and written over with their reasons kept", async () => {
    const file = join(folder, "written.json");
    const results = [resultWith("2.1", "FAILED / OK", { result: "Got no Pong." })];
    const list = await writeExpectations(file, results);
    expect(await readExpectations(file)).toEqual(list);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("Got no Pong.", "We have no Pongs yet."));
    await writeExpectations(file, results);
    expect(await readExpectations(file)).toMatchObject([{ why: "We have no Pongs yet." }]);
  });

  const entry = (fields: object) =>
    JSON.stringify([{ case: "1.1.1", verdict: "FAILED / OK", why: "It is so.", ...fields }]);

  it.each([
    ["{", "expected JSON"],
    ["{}", "expected a list of expectations"],
    ["[1]", "entry 1: expected an object"],
    [entry({ case: 1 }), 'expected "case" to be the number of a case or a pattern'],
    [entry({ case: "1.1.1,99.*" }), "there is no case 99.*"],
    [entry({ verdict: "FAILED" }), 'expected "verdict" to be two verdicts'],
    [entry({ verdict: "BAD / OK" }), 'expected "verdict" to be two verdicts'],
    [entry({ why: " " }), 'expected "why" to be a sentence'],
    [entry({ crash: 1 }), 'expected "crash" to be true or false'],
    [entry({ agent: 1 }), 'expected "agent" to be a pattern'],
    [entry({ reason: "x" }), 'there is no field "reason"'],
  ])("that are wrong are refused: %s", async (text, message) => {
    const file = join(folder, "wrong.json");
    await writeFile(file, text);
    await expect(readExpectations(file)).rejects.toThrow(message);
  });

  it("that cannot be read are refused", async () => {
    await expect(readExpectations(join(folder, "none"))).rejects.toThrow(
      "cannot read the expectations",
    );
  });
});
