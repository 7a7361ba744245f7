import { readFile } from "node:fs/promises";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, inject, it } from "vitest";
import { LIBRARY, OTHER_PACKAGES } from "../../.ci/build/packages.ts";

const { tarballs } = inject("packed");

describe.each([LIBRARY, ...OTHER_PACKAGES])("$name", ({ name, entries }) => {
  it("is what publint --strict wants", async () => {
    const tarball = (await readFile(tarballs[name]!)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("has types that are not wrong, for every entry in every way to resolve it", async () => {
    const tarball = new Uint8Array(await readFile(tarballs[name]!));
    const result = await checkPackage(createPackageFromTarballData(tarball));
    if (!result.types) throw new Error("no types were found");
    expect(result.problems).toEqual([]);
    const wanted = [...entries.map(({ path }) => path), "./package.json"].sort();
    expect(Object.keys(result.entrypoints).sort()).toEqual(wanted);
    for (const { path } of entries) {
      for (const [kind, entrypoint] of Object.entries(result.entrypoints[path]!.resolutions)) {
        expect(entrypoint.resolution?.fileName, `${path}, ${kind}`).toMatch(/\.d\.cts$/);
      }
    }
  });
});
