import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Setup } from "./barewire-setups.ts";

/** Bytes of the large file. */
const LARGE = 64 * 1024 * 1024;

/** Serves a folder beside its route: `/small`, `/large` and a link that leads out of it. */
export function files(): Setup {
  const folder = mkdtempSync(join(tmpdir(), "barewire-attack-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "public");
  mkdirSync(root);
  writeFileSync(join(folder, "secret"), "the secret");
  writeFileSync(join(root, "small"), "a small file");
  writeFileSync(join(root, ".hidden"), "the secret");
  writeFileSync(join(root, "large"), "");
  truncateSync(join(root, "large"), LARGE);
  symlinkSync(join(folder, "secret"), join(root, "link"));
  return { handler: { message: (ws, data) => ws.send(data) }, options: { root } };
}
