/**
 * Runs tests of one file of `ws`, with barewire in the place of what they load.
 *
 * Arguments: the file, the bundle made of `face.ts`, and which test, by its number; without one their titles are
 * printed. What is printed is JSON.
 */
"use strict";

const Module = require("node:module");
const { dirname } = require("node:path");
const Mocha = require("mocha");

const [file, bundle, number] = process.argv.slice(2);
const { modules } = require(bundle);

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  const isTheirs = parent?.filename === file && request.startsWith("..");
  if (isTheirs && request in modules) return modules[request];
  return load.call(this, request, parent, ...rest);
};

const mocha = new Mocha({ timeout: 10_000, reporter: class {} });
mocha.addFile(file);
// They read fixtures from there.
process.chdir(dirname(dirname(file)));
mocha.loadFiles();

const tests = [];
mocha.suite.eachTest((test) => tests.push(test));
if (number === undefined) {
  process.stdout.write(JSON.stringify(tests.map((test) => test.fullTitle())));
} else {
  keep(mocha.suite, tests[Number(number)]);
  let outcome = { state: "missing" };
  const runner = mocha.run(() => {
    process.stdout.write(JSON.stringify(outcome), () => process.exit());
  });
  runner.on("pass", () => {
    outcome = { state: "passed" };
  });
  runner.on("pending", () => {
    outcome = { state: "skipped" };
  });
  runner.on("fail", (_, error) => {
    outcome = { state: "failed", message: String(error?.message ?? error) };
  });
}

/** Takes all tests but one out of a suite and those in it. */
function keep(suite, wanted) {
  suite.tests = suite.tests.filter((test) => test === wanted);
  for (const inner of suite.suites) keep(inner, wanted);
}
