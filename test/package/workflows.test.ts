import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, ".github", "workflows");
const files = readdirSync(FOLDER);
const read = (file: string): string => readFileSync(join(FOLDER, file), "utf8");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

// `bash .ci/lint-workflows` judges whether they are workflows at all.
describe.each(files)(".github/workflows/%s", (file) => {
  const workflow = parse(read(file));

  it("has actions by their commit, with the version beside it", () => {
    const uses = [...read(file).matchAll(/uses: (\S+)(.*)$/gm)];
    for (const [line, action = "", comment = ""] of uses) {
      if (action === "./") continue;
      expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      expect(comment.trim()).not.toBe("");
    }
  });

  it("has rights no larger than reading, but for a job that says why", () => {
    expect([{}, { contents: "read" }]).toContainEqual(workflow.permissions);
  });

  it("has a limit of time for every job", () => {
    for (const [name, job] of Object.entries<{ "timeout-minutes"?: number }>(workflow.jobs)) {
      expect(job["timeout-minutes"], name).toBeGreaterThan(0);
    }
  });

  it("runs scripts that there are", () => {
    for (const [, name = ""] of read(file).matchAll(/npm run ([\w:-]+)/g)) {
      expect(Object.keys(scripts)).toContain(name);
    }
  });

  it("puts nothing that a stranger may write into a shell", () => {
    for (const job of Object.values<{ steps: { run?: string }[] }>(workflow.jobs)) {
      for (const { run = "" } of job.steps) {
        expect(run).not.toMatch(/\$\{\{ *(?:github\.event|github\.head_ref|inputs)/);
      }
    }
  });
});

it("the workflows have one version of each action", () => {
  const versions = new Map<string, Set<string>>();
  for (const file of files) {
    for (const [, action = "", commit = ""] of read(file).matchAll(
      /uses: ([\w-]+\/[\w-]+)\S*@(\w+)/g,
    )) {
      versions.set(action, (versions.get(action) ?? new Set()).add(commit));
    }
  }
  expect(versions.size).toBeGreaterThan(5);
  expect([...versions].filter(([, commits]) => commits.size > 1)).toEqual([]);
});

it("Dependabot looks where there is something", () => {
  const { updates } = parse(readFileSync(join(ROOT, ".github", "dependabot.yml"), "utf8"));
  const kinds: Readonly<Record<string, string>> = {
    npm: "package-lock.json",
    gomod: "go.mod",
    pip: "requirements.txt",
    docker: "Dockerfile",
    "github-actions": "action.yml",
  };
  for (const { "package-ecosystem": kind, directory, directories = [directory] } of updates) {
    for (const folder of directories) {
      expect(readdirSync(join(ROOT, folder)), `${kind}, ${folder}`).toContain(kinds[kind]!);
    }
  }
});
