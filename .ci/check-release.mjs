// Fails where a release would be wrong: `node .ci/check-release.mjs v1.2.3`.
import { readFileSync } from "node:fs";

const [tag] = process.argv.slice(2);
const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const manifest = JSON.parse(read("package.json"));
const problems = [];

if (tag !== `v${manifest.version}`) {
  problems.push(`the tag is ${tag}, and package.json has version ${manifest.version}`);
}
if (JSON.stringify(manifest).includes("OWNER")) {
  problems.push("package.json still has OWNER where the repository's owner belongs (RELEASING.md)");
}
if (
  !new RegExp(`^## \\[${manifest.version}\\] - \\d{4}-\\d\\d-\\d\\d$`, "m").test(
    read("CHANGELOG.md"),
  )
) {
  problems.push(`CHANGELOG.md has no heading "## [${manifest.version}] - YYYY-MM-DD"`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
