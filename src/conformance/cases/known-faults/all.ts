/** What was found in implementations in public, one case for each identifier. */
import type { Case } from "../../case.ts";
import { OF_CLIENTS } from "./clients.ts";
import { OF_SERVERS } from "./servers.ts";

/** Cases 27.1.1 to 27.2.10. */
export const KNOWN_FAULTS: readonly Case[] = [...OF_SERVERS, ...OF_CLIENTS];
