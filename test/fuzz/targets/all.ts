import type { FuzzTarget } from "../target.ts";
import { extensions } from "./extensions.ts";
import { frames } from "./frames.ts";
import { requestHeads, responseHeads } from "./heads.ts";
import { inflate } from "./inflate.ts";
import { messages } from "./messages.ts";
import { sessions } from "./sessions.ts";

/** Every target of the fuzzer. */
export const targets: readonly FuzzTarget[] = [
  frames,
  messages,
  requestHeads,
  responseHeads,
  extensions,
  inflate,
  sessions,
];
