/** `barewire connect`: a WebSocket client, or server, for the terminal and for scripts. */

import { EXIT } from "../command-line.ts";
import { planDialing } from "../dialing/options.ts";
import { painter, wantsColor } from "../terminal/colors.ts";
import { historyFile } from "../terminal/history.ts";
import { isInteractive, Terminal } from "../terminal/terminal.ts";
import { runClient } from "./client.ts";
import { CONNECT_HELP } from "./help.ts";
import { runServer } from "./listen/server.ts";
import { type ConnectOptions, parseConnectOptions } from "./options.ts";

/**
 * Runs the command until the connection has ended, or the server.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function connectCommand(args: readonly string[]): Promise<number> {
  const { stdin, stdout } = process;
  const ends = { typed: stdin.isTTY === true, seen: stdout.isTTY === true };
  const options = parseConnectOptions(args, ends);
  if (options === "help") {
    process.stdout.write(CONNECT_HELP);
    return EXIT.ok;
  }
  const { url, listen, dialing } = options;
  if (listen !== undefined) return await runServer(options, listen, terminalFor(options, []));
  const plan = await planDialing(url, dialing);
  return await runClient(options, plan, terminalFor(options, plan.secrets));
}

function terminalFor(options: ConnectOptions, secrets: readonly string[]): Terminal {
  const { show, json, bytes, end, color, quiet, history } = options;
  const { stdout, stderr, env } = process;
  return new Terminal({
    format: {
      mark: show.has("mark"),
      time: show.has("time"),
      size: show.has("size"),
      json,
      bytes,
      end,
      escape: stdout.isTTY === true,
      paint: painter(wantsColor(color, stdout, env)),
    },
    colored: wantsColor(color, stderr, env),
    quiet,
    history: history && isInteractive() ? historyFile(env) : undefined,
    secrets,
  });
}
