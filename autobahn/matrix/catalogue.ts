/** The implementations of the matrix, and how the testees of each are started. */
import type { Role } from "../testee.ts";

/** How a testee is built: with the peers of autobahn/compare, or by language. */
export type Language =
  | "peer"
  | "javascript"
  | "python"
  | "go"
  | "rust"
  | "java"
  | "c"
  | "cpp"
  | "ruby"
  | "perl";

/** An implementation. */
export interface Implementation {
  /** As its users know it. */
  readonly name: string;
  /** What it is written in. */
  readonly language: string;
  /** Its name in the registry of packages, by which its version is found. */
  readonly packageName: string;
  readonly kind: Language;
  /**
   * Commands for the shell that start a server on `{port}`, and a client that is tested by the suite at
   * `{url}` under the name `{agent}`.
   */
  readonly commands: Readonly<Partial<Record<Role, string>>>;
}

const ROLES: readonly Role[] = ["server", "client"];

/** A peer that `npm run autobahn -- --compare` has, too. */
function peer(name: string, language: string, program = "{node}"): Implementation {
  const file = `{autobahn}compare/peers/${name}`;
  const commands = {
    server: `exec ${program} ${file}-server.mjs {port}`,
    client: `exec ${program} ${file}-client.mjs {url} {agent}`,
  };
  return { name, language, packageName: name, kind: "peer", commands };
}

/** Where the testees of a language are, and how they are called. */
interface Place {
  readonly kind: Language;
  readonly language: string;
  /** The command without its arguments. */
  readonly command: (role: Role, testee: string) => string;
}

const PLACES = {
  python: {
    kind: "python",
    language: "Python",
    command: (role, testee) => `{python} {testees}python/${role}_${testee}.py`,
  },
  go: {
    kind: "go",
    language: "Go",
    command: (role, testee) => `{go}/${role}-${testee}`,
  },
  rust: {
    kind: "rust",
    language: "Rust",
    command: (role, testee) => `{rust}/${role}-${testee}`,
  },
  java: {
    kind: "java",
    language: "Java",
    command: (role, testee) => `exec {java} ${testee}${role === "server" ? "Server" : "Client"}`,
  },
  c: { kind: "c", language: "C", command: (role, testee) => `{c}/${role}-${testee}` },
  cpp: { kind: "cpp", language: "C++", command: (role, testee) => `{cpp}/${role}-${testee}` },
  ruby: {
    kind: "ruby",
    language: "Ruby",
    command: (role, testee) => `{ruby} {testees}ruby/${role}_${testee}.rb`,
  },
  perl: {
    kind: "perl",
    language: "Perl",
    command: (role, testee) => `{perl} {testees}perl/${role}_${testee}.pl`,
  },
} as const satisfies Readonly<Record<string, Place>>;

/** A testee of `conformance-testees/`, in the roles that it has there. */
function testee(
  place: keyof typeof PLACES,
  name: string,
  file: string,
  roles: readonly Role[] = ["server"],
  packageName = name,
): Implementation {
  const { command, kind, language } = PLACES[place];
  const own = roles.map((role) => {
    const rest = role === "server" ? "{port}" : "{url} {agent}";
    return [role, `${command(role, file)} ${rest}`] as const;
  });
  return { name, language, packageName, kind, commands: Object.fromEntries(own) };
}

/** A server that runs `asgi.py`. */
function asgi(name: string, packageName: string, command: string): Implementation {
  const server = `PYTHONPATH={testees}python exec {python} -m ${command}`;
  return { name, language: "Python", packageName, kind: "python", commands: { server } };
}

/** All implementations, in the order of the table. */
export const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    name: "barewire",
    language: "TypeScript",
    packageName: "barewire",
    kind: "peer",
    commands: {
      server: "exec {node} --import tsx {autobahn}testee-server.ts {port}",
      client: "exec {node} --import tsx {autobahn}testee-client.ts {url} {agent}",
    },
  },
  peer("ws", "JavaScript"),
  peer("faye-websocket", "JavaScript"),
  peer("websocket", "JavaScript"),
  {
    name: "undici",
    language: "JavaScript",
    packageName: "undici",
    kind: "javascript",
    commands: {
      client: "{node} --import {javascript}/undici.mjs {javascript}/client.mjs {url} {agent}",
    },
  },
  {
    name: "Deno",
    language: "Rust",
    packageName: "deno",
    kind: "javascript",
    commands: {
      server:
        "{javascript}/node_modules/.bin/deno run --allow-net {javascript}/server_deno.mjs {port}",
      client:
        "{javascript}/node_modules/.bin/deno run --allow-net {javascript}/client.mjs {url} {agent}",
    },
  },
  peer("bun", "Zig", "{bun} --no-install"),
  testee("python", "websockets", "websockets", ROLES),
  testee("python", "aiohttp", "aiohttp", ROLES),
  testee("python", "tornado", "tornado", ROLES),
  testee("python", "websocket-client", "websocket_client", ["client"]),
  asgi(
    "uvicorn with wsproto",
    "wsproto",
    "uvicorn asgi:app --ws wsproto --ws-max-size 33554432 --log-level critical --port {port}",
  ),
  asgi("Hypercorn", "Hypercorn", "hypercorn asgi:app --bind 127.0.0.1:{port} --log-level critical"),
  testee("go", "gorilla/websocket", "gorilla", ROLES, "github.com/gorilla/websocket"),
  testee("go", "coder/websocket", "coder", ROLES, "github.com/coder/websocket"),
  testee("go", "gobwas/ws", "gobwas", ["server"], "github.com/gobwas/ws"),
  testee("go", "golang.org/x/net", "xnet"),
  testee("go", "lxzan/gws", "gws", ["server"], "github.com/lxzan/gws"),
  testee("rust", "tungstenite", "tungstenite", ROLES),
  testee("rust", "fastwebsockets", "fastwebsockets"),
  testee("java", "Java-WebSocket", "JavaWebSocket", ROLES),
  testee("java", "Jetty", "Jetty", ["server"], "jetty-websocket-jetty-server"),
  testee("java", "Tomcat", "Tomcat", ["server"], "tomcat-embed-websocket"),
  testee("java", "Netty", "Netty", ["server"], "netty-codec-http"),
  testee("java", "Undertow", "Undertow", ["server"], "undertow-core"),
  testee("java", "Tyrus", "Tyrus", ["server"], "tyrus-server"),
  testee("c", "libwebsockets", "libwebsockets"),
  testee("c", "libsoup", "libsoup"),
  testee("cpp", "Boost.Beast", "beast", ROLES),
  testee("cpp", "websocketpp", "websocketpp"),
  testee("ruby", "websocket-driver", "websocket_driver"),
  testee("ruby", "em-websocket", "em_websocket"),
  testee("perl", "Mojolicious", "mojolicious", ROLES),
];

/** The roles of an implementation. */
export const rolesOf = ({ commands }: Implementation): readonly Role[] =>
  ROLES.filter((role) => role in commands);
