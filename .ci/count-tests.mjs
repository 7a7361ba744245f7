// Prints "PASSED FAILED": the tests in vitest's JSON reports in one folder, and the cases in the
// reports of the Autobahn|Testsuite (server/ and client/) and of `npm run conform:gate` in two
// others, which may not be there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [results, autobahn, conform] = process.argv.slice(2);
let passed = 0;
let failed = 0;

const read = (file) => JSON.parse(readFileSync(file, "utf8"));

for (const file of readdirSync(results)) {
  for (const { status, assertionResults } of read(join(results, file)).testResults) {
    const failures = assertionResults.filter((test) => test.status === "failed").length;
    passed += assertionResults.filter((test) => test.status === "passed").length;
    // A file that could not be loaded, or whose hooks failed, has failed without a test.
    failed += failures === 0 && status === "failed" ? 1 : failures;
  }
}

for (const role of ["server", "client"]) {
  const file = join(autobahn, role, "index.json");
  if (!existsSync(file)) continue;
  for (const cases of Object.values(read(file))) {
    // What is as wanted the runner itself has judged: it has failed if a verdict here counts.
    const isFine = (verdict) => verdict === "OK" || verdict === "INFORMATIONAL";
    for (const { behavior, behaviorClose } of Object.values(cases)) {
      if (isFine(behavior) && isFine(behaviorClose)) passed++;
      else failed++;
    }
  }
}

const counts = join(conform, "counts.json");
if (existsSync(counts)) {
  for (const run of read(counts)) {
    passed += run.passed;
    failed += run.failed;
  }
}

console.log(`${passed} ${failed}`);
