/** Makes the constant in src/protocol/masking/mask-simd.ts from mask.wat: `npm run build:mask`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

const source = fileURLToPath(new URL("../../../src/protocol/masking/mask.wat", import.meta.url));

/** The kernel in WebAssembly's binary format, in base64. */
export async function compileKernel(): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat(source, readFileSync(source, "utf8"), { simd: true, bulk_memory: true });
  return Buffer.from(module.toBinary({}).buffer).toString("base64");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await compileKernel());
