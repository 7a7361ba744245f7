/** Starts the testees of the matrix. */
import { ClientProcess } from "../../src/conformance/clients/client-process.ts";
import { TesteeProcess } from "../../src/conformance/run/testee-process.ts";
import { testeeFrom } from "../../src/conformance/testee.ts";
import { freePort } from "../role-run.ts";
import type { Role } from "../testee.ts";
import type { Built } from "./build.ts";
import type { Implementation } from "./catalogue.ts";

/** The name of an implementation in URLs and in names of folders. */
export const agentOf = ({ name }: Implementation): string => name.replaceAll(/[^\w.-]+/g, "-");

/** The command of a role for the shell. `{url}`, and what else is not known, is left as it is. */
export function commandOf(
  implementation: Implementation,
  role: Role,
  { places }: Built,
  port?: number,
): string {
  const known = new Map([...places, ["agent", agentOf(implementation)], ["port", `${port}`]]);
  const command = implementation.commands[role] ?? "";
  return command.replaceAll(/\{(\w+)\}/g, (whole, name: string) => known.get(name) ?? whole);
}

/** A server that was started. */
export interface StartedServer {
  readonly port: number;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Starts the server of an implementation. Rejects where it does not listen. */
export async function startServer(
  implementation: Implementation,
  built: Built,
): Promise<StartedServer> {
  const port = await freePort();
  const command = commandOf(implementation, "server", built, port);
  const server = new TesteeProcess(command, testeeFrom(`ws://127.0.0.1:${port}/`));
  await server.start();
  return { port, stop: () => server.stop() };
}

/** Starts the client of an implementation. */
export const startClient = (
  implementation: Implementation,
  built: Built,
  url: string,
): ClientProcess => new ClientProcess(commandOf(implementation, "client", built), url);
