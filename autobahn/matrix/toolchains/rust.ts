/** Testees in Rust, with crates. */
import { readFile } from "node:fs/promises";
import { builtFolder, quoted, run, TESTEES, type Toolchain } from "./toolchain.ts";

export const RUST: Toolchain = {
  title: "Rust: crates, and cargo build",
  async build() {
    const cwd = `${TESTEES}rust`;
    const target = builtFolder("rust");
    const env = { ...process.env, CARGO_TARGET_DIR: target };
    await run("cargo", ["build", "--release", "--locked"], { cwd, env });
    const lock = await readFile(`${cwd}/Cargo.lock`, "utf8");
    const packages = lock.matchAll(/name = "(.*)"\nversion = "(.*)"/g);
    const versions = [...packages].map(([, name = "", version = ""]) => [name, version] as const);
    return { places: { rust: quoted(`${target}/release`) }, versions };
  },
};
