/** Where the echo page is, for `barewire serve`. */

import { fileURLToPath } from "node:url";

/** The folder that comes along: seen from src/cli/ it lies where it does seen from dist/cli/. */
export const PAGE_FOLDER = fileURLToPath(new URL("../../public", import.meta.url));
