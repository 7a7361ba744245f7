/** The implementations of the matrix, and how the testees of each are started. */
import { fileURLToPath } from "node:url";
import type { Role } from "../testee.ts";

/** An implementation. */
export interface Implementation {
  /** As its users know it. */
  readonly name: string;
  readonly language: string;
  /** Its name in the registry of packages, by which its version is found. */
  readonly packageName: string;
  readonly kind: "peer" | "python" | "go" | "rust";
  /**
   * Commands for the shell that start a server on `{port}`, and a client that is tested by the suite at
   * `{url}` under the name `{agent}`. A `peer` of autobahn/compare has none, and both roles.
   */
  readonly commands: Readonly<Partial<Record<Role, string>>>;
}

/** Folder of the testees that are not peers of autobahn/compare. */
export const TESTEES = fileURLToPath(new URL("../../conformance-testees/", import.meta.url));

/** A peer that `npm run autobahn -- --compare` has, too. */
function peer(name: string, language: string): Implementation {
  return { name, language, packageName: name, kind: "peer", commands: {} };
}

const PYTHON = "{python} {testees}python";

function python(name: string, file: string, ...roles: readonly Role[]): Implementation {
  const commands = {
    server: `${PYTHON}/server_${file}.py {port}`,
    client: `${PYTHON}/client_${file}.py {url} {agent}`,
  };
  const own = Object.fromEntries(roles.map((role) => [role, commands[role]]));
  return { name, language: "Python", packageName: name, kind: "python", commands: own };
}

/** A server that runs `asgi.py`. */
function asgi(name: string, packageName: string, command: string): Implementation {
  const server = `PYTHONPATH={testees}python exec {python} -m ${command}`;
  return { name, language: "Python", packageName, kind: "python", commands: { server } };
}

function go(packageName: string, folder: string, ...roles: readonly Role[]): Implementation {
  const commands = {
    server: `{go}/server-${folder} {port}`,
    client: `{go}/client-${folder} {url} {agent}`,
  };
  const own = Object.fromEntries(roles.map((role) => [role, commands[role]]));
  const name = packageName.replace("github.com/", "");
  return { name, language: "Go", packageName, kind: "go", commands: own };
}

function rust(name: string): Implementation {
  const commands = {
    server: `{rust}/server-${name} {port}`,
    client: `{rust}/client-${name} {url} {agent}`,
  };
  return { name, language: "Rust", packageName: name, kind: "rust", commands };
}

/** All implementations, in the order of the table. */
export const IMPLEMENTATIONS: readonly Implementation[] = [
  peer("barewire", "TypeScript"),
  peer("ws", "JavaScript"),
  peer("faye-websocket", "JavaScript"),
  peer("websocket", "JavaScript"),
  peer("bun", "Zig"),
  python("websockets", "websockets", "server", "client"),
  python("aiohttp", "aiohttp", "server", "client"),
  python("tornado", "tornado", "server", "client"),
  python("websocket-client", "websocket_client", "client"),
  asgi(
    "uvicorn with wsproto",
    "wsproto",
    "uvicorn asgi:app --ws wsproto --ws-max-size 33554432 --log-level critical --port {port}",
  ),
  asgi("Hypercorn", "Hypercorn", "hypercorn asgi:app --bind 127.0.0.1:{port} --log-level critical"),
  go("github.com/gorilla/websocket", "gorilla", "server", "client"),
  go("github.com/coder/websocket", "coder", "server", "client"),
  go("github.com/gobwas/ws", "gobwas", "server"),
  go("golang.org/x/net", "xnet", "server"),
  go("github.com/lxzan/gws", "gws", "server"),
  rust("tungstenite"),
];

/** The roles of an implementation. */
export const rolesOf = ({ commands, kind }: Implementation): readonly Role[] =>
  (["server", "client"] as const).filter((role) => kind === "peer" || role in commands);
