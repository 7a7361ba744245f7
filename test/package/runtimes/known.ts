/** What is known to be different on a runtime. `docs/support.md` has it from here. */
export const KNOWN: readonly {
  /** Bun, Deno, or a version of Node.js as the table has it. */
  readonly runtime: string;
  /** A check of `checks.mjs`. */
  readonly check: string;
  /** What happens in its place, and what helps. */
  readonly difference: string;
}[] = [
  {
    runtime: "Deno",
    check: "an upgrade on a kept-alive connection",
    difference:
      'is not possible: Deno\'s `node:http` closes a connection that it was handed by `emit("connection")` behind its first answer. Clients that ask on a new connection, as all browsers do, are not concerned.',
  },
];
