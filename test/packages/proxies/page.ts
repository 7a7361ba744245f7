/** The configurations that the page on proxies shows. */

import { readFile } from "node:fs/promises";

/** The block of `docs/how-to/proxies.md` in a language. */
export async function shown(language: "caddy" | "yaml"): Promise<string> {
  const page = new URL("../../../docs/how-to/proxies.md", import.meta.url);
  const text = await readFile(page, "utf8");
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(text)?.[1];
  if (block === undefined) throw new Error(`expected a block of ${language} in ${page.pathname}`);
  return block;
}
