import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheFolder } from "../../autobahn/python-environment.ts";
import { containerArguments, reduction } from "../../autobahn/wstest.ts";

const ARGS = ["--mode", "fuzzingserver", "--spec", "spec.json"];

describe("the container", () => {
  test("shares the host's network where there is one, and its files belong to the user", () => {
    const args = containerArguments("name", ARGS, "/out", "host");
    expect(args.slice(0, 5)).toEqual(["run", "--rm", "--init", "--name", "name"]);
    expect(args.join(" ")).toContain("--network host");
    expect(args.join(" ")).toContain("--volume /out:/reports --workdir /reports");
    expect(args.join(" ")).not.toContain("--publish");
    expect(args.at(-6)).toMatch(/^crossbario\/autobahn-testsuite:25\.10\.1@sha256:[0-9a-f]{64}$/);
    expect(args.slice(-5)).toEqual(["wstest", ...ARGS]);
    expect(args.includes("--user")).toBe(process.getuid !== undefined);
  });

  test("publishes its port to loopback where the engine has a network of its own", () => {
    const args = containerArguments("name", ARGS, "/out", 9001).join(" ");
    expect(args).toContain("--publish 127.0.0.1:9001:9001");
    expect(args).not.toContain("--network");
    const client = containerArguments("name", ARGS, "/out", undefined).join(" ");
    expect(client).not.toContain("--publish");
  });
});

describe("the cache folder", () => {
  test("follows XDG_CACHE_HOME when it is absolute", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/var/cache/me" })).toBe("/var/cache/me");
    for (const ignored of ["", "relative", undefined]) {
      expect(cacheFolder({ XDG_CACHE_HOME: ignored })).toBe(join(homedir(), ".cache"));
    }
  });
});

describe("AUTOBAHN_MESSAGES", () => {
  test("is told of in the description", () => {
    expect(reduction({})).toBe("");
    expect(reduction({ AUTOBAHN_MESSAGES: "100" })).toContain("100 messages instead of 1000");
  });

  test.each(["0", "1001", "many", "1.5"])("%s is refused", (text) => {
    expect(() => reduction({ AUTOBAHN_MESSAGES: text })).toThrow(text);
  });
});
