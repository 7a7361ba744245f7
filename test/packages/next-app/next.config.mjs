import { fileURLToPath } from "node:url";

// Where it looks for tsconfig.json, whose parts are in the repository's root.
export default {
  turbopack: { root: fileURLToPath(new URL("../../../", import.meta.url)) },
};
