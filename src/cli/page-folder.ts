/** Where the echo page is, for `barewire serve`. */

import { fileURLToPath } from "node:url";

/** The folder that comes along. The build of a package makes a smaller one of it, and changes this line. */
export const PAGE_FOLDER = fileURLToPath(new URL("../../public", import.meta.url));
