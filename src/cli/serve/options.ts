/** The arguments of `barewire serve`. */

import { ArgumentError } from "../../errors.ts";
import { checkHostRule } from "../../handshake/gate/hosts.ts";
import { checkOriginRule } from "../../handshake/gate/origin.ts";
import { parseCommandLine, parseNumber, UsageError } from "../command-line.ts";
import { PAGE_FOLDER } from "../page-folder.ts";

/** The text of `barewire serve --help`. */
export const SERVE_HELP = `Usage: barewire serve [options]

Serves the echo page at / and an echo over WebSocket at /ws (and /wss), for
messages of up to 1 MiB.
Ctrl-C closes every connection with 1001 and stops; a second one stops at once.

Options:
  --port PORT      port to listen on, 0 for any free one (default 8199)
  --host HOST      address or name to listen on (default: every address)
  --root DIR       directory with the page (default: the one that comes along)
  --tls            https and wss, with a certificate made on the fly
  --cert FILE      https and wss, with this certificate (PEM, with its chain)
  --key FILE       private key of --cert (PEM)
  --origin ORIGIN  let pages of this origin connect, too, for example
                   https://example.com; may be repeated; "*" for all of them
  --allow-host HOST
                   answer requests for this host, too, for example
                   demo.example.com; may be repeated; "*" for all of them
                   (default: localhost, names below it, and IP addresses)
  --quiet          no line for each connection
  -h, --help       show this

Exit codes: 0 stopped by a signal, 1 cannot serve, 2 wrong arguments.
`;

/** What `barewire serve` was asked for. */
export interface ServeOptions {
  readonly port: number;
  /** `undefined` for every address. */
  readonly host: string | undefined;
  readonly root: string;
  /** File names, `"self-signed"`, or `undefined` for no TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | "self-signed" | undefined;
  /** Origins besides the page's own, or all. */
  readonly origins: readonly string[] | "*";
  /** Hosts besides this machine's own, or all. */
  readonly hosts: readonly string[] | "*";
  readonly quiet: boolean;
}

/**
 * Parses the arguments.
 *
 * @returns `"help"` when that was asked for
 * @throws {UsageError}
 */
export function parseServeOptions(args: readonly string[]): ServeOptions | "help" {
  const { values } = parseCommandLine({
    args: [...args],
    options: {
      port: { type: "string", default: "8199" },
      host: { type: "string" },
      root: { type: "string" },
      tls: { type: "boolean", default: false },
      cert: { type: "string" },
      key: { type: "string" },
      origin: { type: "string", multiple: true, default: [] },
      "allow-host": { type: "string", multiple: true, default: [] },
      quiet: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  if (values.host === "") throw new UsageError("--host: expected an address or a name, got none");
  return {
    port: parseNumber("--port", values.port, 0, 65_535, "integer"),
    host: values.host,
    root: values.root ?? PAGE_FOLDER,
    tls: chooseTls(values.tls, values.cert, values.key),
    origins: listOrAll("--origin", values.origin, checkOriginRule),
    hosts: listOrAll("--allow-host", values["allow-host"], checkHostRule),
    quiet: values.quiet,
  };
}

function chooseTls(
  isTls: boolean,
  cert: string | undefined,
  key: string | undefined,
): ServeOptions["tls"] {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert !== undefined) throw new UsageError("--cert: expected --key FILE with it");
  if (key !== undefined) throw new UsageError("--key: expected --cert FILE with it");
  return isTls ? "self-signed" : undefined;
}

/** The values of an option that may be repeated, each checked as the library does, or "*" if that is one. */
function listOrAll(
  option: string,
  values: readonly string[],
  check: (list: readonly string[]) => unknown,
): readonly string[] | "*" {
  if (values.includes("*")) return "*";
  for (const value of values) {
    try {
      check([value]);
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      // Its first word is the library's name for the value.
      const fault = error.message.replace(/^\S+ /, "");
      throw new UsageError(`${option}: ${JSON.stringify(value)} ${fault}`, { cause: error });
    }
  }
  return values;
}
