/** The command line of `npm run conform:gate`. */
import { parseArgs } from "node:util";
import { PEER_NAMES } from "../compare/peers.ts";
import { UsageError } from "../options.ts";
import { OWN_AGENT, type Role } from "../testee.ts";

/** A peer in a role. */
export interface GateRun {
  readonly peer: string;
  readonly role: Role;
  /** Whether a server is tested over HTTP/2, with the cases for that. */
  readonly http2?: boolean;
}

/** What is run: peers in roles, each against these cases. */
export interface GatePlan {
  readonly runs: readonly GateRun[];
  /** Patterns of cases. */
  readonly cases: readonly string[];
  readonly full: boolean;
  readonly out: string;
}

export const GATE_HELP = `Usage: npm run conform:gate [-- options]

Runs \`barewire conform --expect\` against peers: what it finds must be what is known of them
(autobahn/conform/expected/PEER-ROLE.json, or PEER-http2.json; what is not listed there must be OK).

  --peers barewire:server,ws   peers, with a role or both (default: barewire,ws); barewire:http2 is the server
                               over HTTP/2
  --cases 1.*,22.*             cases to run (default: all that apply to the role)
  --full                       1000 messages in every case of 12.* and 13.*
  --out DIR                    folder of the reports (default: reports/conform-gate)
  --help                       this text

Peers: ${PEER_NAMES.slice(0, 6).join(", ")}, and those wrong on purpose of \`npm run autobahn\`.

Exit codes: 0 all as expected; 1 at least one case is worse, or better; 2 a wrong command line.
`;

/** Reads the arguments. Throws {@link UsageError}. */
export function parseGateOptions(args: readonly string[]): GatePlan | "help" {
  const values = readArguments(args);
  if (values.help) return "help";
  const peers = (values.peers ?? ["barewire,ws"]).flatMap((list) => list.split(","));
  return {
    runs: peers.flatMap(runsOf),
    cases: (values.cases ?? ["*"]).flatMap((list) => list.split(",")),
    full: values.full ?? false,
    out: values.out ?? "reports/conform-gate",
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h" },
        peers: { type: "string", multiple: true },
        cases: { type: "string", multiple: true },
        full: { type: "boolean" },
        out: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function runsOf(text: string): GatePlan["runs"] {
  const [, peer = text, role] = /^(.*):(server|client|http2)$/.exec(text) ?? [];
  if (!PEER_NAMES.includes(peer)) {
    throw new UsageError(`"${peer}" is none of the peers ${PEER_NAMES.join(", ")}`);
  }
  if (role === "http2") {
    if (peer === OWN_AGENT) return [{ peer, role: "server", http2: true }];
    throw new UsageError(`of the peers only ${OWN_AGENT} has WebSockets over HTTP/2, not ${peer}`);
  }
  const roles: readonly Role[] =
    role === "server" || role === "client" ? [role] : ["server", "client"];
  return roles.map((one) => ({ peer, role: one }));
}
