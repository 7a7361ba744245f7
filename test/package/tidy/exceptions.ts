/**
 * Where a rule does not hold, and why. An entry that is not needed any more fails the test like a
 * breach, so this list only gets shorter.
 */

import type { Rule } from "./source-rules.ts";

/** Breaches of the rules for sources: the rule, the file or folder, the reason. */
export const SOURCE_EXCEPTIONS: readonly (readonly [rule: Rule, path: string, why: string])[] = [
  ["file", "src/connection/connection.ts", "two thirds of it document what is public"],
  ["file", "src/connection/endpoint.ts", "the narrow interfaces of seven parts meet here"],
  [
    "function",
    "test/peers/our-client.ts",
    "a list of the cases that each peer is tried with, as a describe() has them",
  ],
  ["function", "test/peers/our-server.ts", "as above"],
  ["function", "test/peers/http2-client.ts", "as above"],
  ["function", "autobahn/matrix/confirm/frame-probes.ts", "a list of probes, each with its bytes"],
  ["function", "autobahn/matrix/confirm/deflate-probes.ts", "as above"],
  ["name", "src/ws/types/options.ts", "`req` is what `ws` calls it in `verifyClient`"],
  ["citation", "test/package/tidy/tidy.test.ts", "shows the rule what it refuses"],
];

/** What is public and not fully documented, as `undocumented` names it; `.*` stands for all members. */
export const DOCUMENTATION_EXCEPTIONS: Readonly<Record<string, string>> = {
  "CaseResult.*: no comment": "Autobahn's report, whose fields have Autobahn's names and no others",
};
