import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minified } from "../../.ci/build/minify.ts";

const PROGRAM = `
class Counter {
  #firstNumber = 1;
  get #secondNumber() { return this.#fail(this.#firstNumber); }
  #fail(numberThatIsLong) { throw new Error("expected none, got " + numberThatIsLong); }
  read() { return this.#secondNumber; }
}
function readCounter() {
  const counterOfItsOwn = new Counter();
  const closure = () => counterOfItsOwn.read();
  return closure();
}
exports.readCounter = readCounter;
`;

function evaluate(code: string): { [name: string]: unknown } {
  const exports = {};
  runInNewContext(code, { exports }, { filename: "program.cjs" });
  return exports;
}

/** The functions of a stack trace from the innermost on. */
function stackOf(code: string): string[] {
  try {
    (evaluate(code)["readCounter"] as () => void)();
  } catch (error) {
    const { stack } = error as { stack: string };
    return [...stack.matchAll(/at (.*) \(program\.cjs/g)].map(([, name = ""]) => name);
  }
  return expect.unreachable();
}

describe("what is minified", () => {
  const small = minified("program.cjs", PROGRAM, true);

  it("has the stack traces of the sources: functions, classes, private methods", () => {
    const names = stackOf(PROGRAM);
    expect(names.join(" ")).toMatch(/#fail.*secondNumber.*read.*closure.*readCounter/);
    expect(stackOf(small)).toEqual(names);
  });

  it("has short names for the rest, and nothing that gives names at run time", () => {
    expect(small).not.toMatch(/firstNumber|numberThatIsLong|counterOfItsOwn/);
    expect(small).not.toMatch(/defineProperty|__name/);
    expect(small.length).toBeLessThan(PROGRAM.length * 0.7);
  });

  it("has no names at all where they are not wanted", () => {
    const smaller = minified("program.cjs", PROGRAM, false);
    expect(smaller).not.toMatch(/#fail|Counter\b.*\{/);
    expect(smaller.length).toBeLessThan(small.length);
  });

  it("says the same as before, in lines that end between statements", () => {
    const statement = fc.constantFrom(
      "log(`one\nof two lines`);",
      "log([1, , 2, { a: 1, 'b c': [3] }]);",
      "for (const item of [4, 5]) { if (item > 4) continue; log(item); }",
      "switch (log.length) { case 1: log('one'); break; default: log('more'); }",
      "log((() => { return log(6), log(7), 8; })());",
      "log(class { static { log(9); } a = 1; b() {} }.name);",
      "log('Grüße, 🦜 und 你好');",
    );
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 60 }), (statements) => {
        const program = statements.join("\n");
        const broken = minified("program.cjs", program, true);
        const outcome = (code: string): unknown[] => {
          const said: unknown[] = [];
          runInNewContext(code, { log: (what: unknown) => void said.push(what) });
          return said;
        };
        expect(outcome(broken)).toEqual(outcome(program));
        for (const line of broken.split("\n")) expect(line.length).toBeLessThan(250);
      }),
      { numRuns: 30 },
    );
  });

  it("is refused where it cannot be read", () => {
    expect(() => minified("program.cjs", "const = 1;", true)).toThrow("program.cjs");
  });
});
