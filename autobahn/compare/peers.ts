/** The peers that both suites are run against, and how each is started. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pythonWithPackages } from "../../test/peers/python-environment.ts";
import { endWithRunner } from "../children.ts";
import type { Role, Testee } from "../testee.ts";
import { ownTestee } from "../testee.ts";
import { FAULT_NAMES } from "./faulty.ts";

const PEERS = fileURLToPath(new URL("peers/", import.meta.url));
const PACKAGES = fileURLToPath(new URL("../node_modules/", import.meta.url));
const ROOT_PACKAGES = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** One implementation that can be tested in both roles. */
export interface ComparedPeer {
  /** Name for `--peers`, in tables, and as agent in reports. */
  readonly name: string;
  /** Package whose version is reported; undefined for what this repository has itself. */
  readonly packageName?: string;
  /** Whether it is a right one, or one that is wrong on purpose. */
  readonly kind: "library" | "faulty";
  readonly testee: (role: Role) => Promise<Testee>;
}

/** All peers, in the order of the table. */
export const PEER_LIST: readonly ComparedPeer[] = [
  {
    name: "barewire",
    kind: "library",
    testee: async (role) => ({ ...ownTestee(role), agent: "barewire" }),
  },
  ...["ws", "faye-websocket", "websocket"].map((name) => library(name, name, onNode)),
  library("bun", bunPackage(), async (name, role) => [
    bunProgram(),
    "--no-install",
    `${PEERS}${name}-${role}.mjs`,
  ]),
  library("websockets", undefined, async (name, role) => [
    await pythonWithPackages(),
    `${PEERS}${name}-${role}.py`,
  ]),
  ...FAULT_NAMES.map(reference),
];

/** Names that `--peers` takes, besides `all`. */
export const PEER_NAMES: readonly string[] = PEER_LIST.map(({ name }) => name);

type Command = readonly [program: string, ...args: string[]];
type CommandFor = (name: string, role: Role) => Promise<Command>;

function library(
  name: string,
  packageName: string | undefined,
  commandFor: CommandFor,
): ComparedPeer {
  const testee = async (role: Role): Promise<Testee> => {
    const [program, ...first] = await commandFor(name, role);
    return { agent: name, start: (args, log) => spawnTestee(program, [...first, ...args], log) };
  };
  return { name, kind: "library", ...(packageName === undefined ? {} : { packageName }), testee };
}

async function onNode(name: string, role: Role): Promise<Command> {
  return [process.execPath, `${PEERS}${name}-${role}.mjs`];
}

/** Bun's binary. */
export const bunProgram = (): string => `${PACKAGES}${bunPackage()}/bin/bun`;

/** The package with Bun's binary for this system. */
function bunPackage(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `@oven/bun-${system}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
}

function reference(fault: string): ComparedPeer {
  const name = `reference:${fault}`;
  const testee = async (role: Role): Promise<Testee> => ({
    agent: name,
    start(args, log) {
      const file = `${PEERS}reference-${role}.ts`;
      const child = fork(file, [...args, fault], { stdio: ["pipe", "pipe", log, "ipc"] });
      endWithRunner(child);
      return child;
    },
  });
  return { name, kind: "faulty", testee };
}

/** The child ends with its input, should this process be killed. */
function spawnTestee(program: string, args: readonly string[], log: number): ChildProcess {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(program, [...args], { stdio: ["pipe", "pipe", log], env });
  endWithRunner(child);
  return child;
}

/**
 * The folder of a package: that of autobahn/package.json, or of the repository, whose `ws` is enough
 * where nothing else is needed. Undefined where it is not installed.
 */
function packageFolder(name: string): string | undefined {
  return [PACKAGES, ROOT_PACKAGES].map((folder) => `${folder}${name}`).find(existsSync);
}

/** Whether a peer can be started as far as packages go. */
export function isInstalled({ packageName }: ComparedPeer): boolean {
  return packageName === undefined || packageFolder(packageName) !== undefined;
}

/** Name and version of a peer. */
export function describePeer({ name, packageName }: ComparedPeer): string {
  const folder = packageName === undefined ? undefined : packageFolder(packageName);
  if (folder === undefined) return name;
  const text = readFileSync(`${folder}/package.json`, "utf8");
  return `${name} ${(JSON.parse(text) as { readonly version: string }).version}`;
}
