/** The commands: what they are called, what they do, and where their `--help` is. */

/** A command of barewire. */
export interface CommandPage {
  readonly name: string;
  /** What follows the name, for lists. */
  readonly takes: string;
  readonly does: string;
  /** The words that may follow, where there are only certain ones. */
  readonly words?: readonly string[];
  /** The text of its `--help`. */
  help(): Promise<string>;
}

/** All commands, in the order of lists. */
export const COMMANDS: readonly CommandPage[] = [
  {
    name: "serve",
    takes: "",
    does: "serve the echo page and an echo over WebSocket",
    help: async () => (await import("./serve/options.ts")).SERVE_HELP,
  },
  {
    name: "connect",
    takes: "URL",
    does: "talk to a WebSocket server from the terminal, or as one",
    help: async () => (await import("./connect/help.ts")).CONNECT_HELP,
  },
  {
    name: "bench",
    takes: "URL",
    does: "load a server that echoes, and measure how long it takes",
    help: async () => (await import("./bench/help.ts")).BENCH_HELP,
  },
  {
    name: "conform",
    takes: "URL",
    does: "test a WebSocket server, or clients, against RFC 6455 and RFC 7692",
    words: ["diff"],
    help: async () => (await import("./conform/help.ts")).CONFORM_HELP,
  },
  {
    name: "completion",
    takes: "SHELL",
    does: "print the completion of these commands for bash, zsh or fish",
    words: ["bash", "zsh", "fish"],
    help: async () => (await import("./completion/help.ts")).COMPLETION_HELP,
  },
];
