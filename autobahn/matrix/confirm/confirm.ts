/** Sends the probes of what the suite has found in an implementation. */
import type { ClientProcess } from "../../../src/conformance/clients/client-process.ts";
import type { CaseResult } from "../../../src/conformance/conform.ts";
import type { Role } from "../../testee.ts";
import type { Built } from "../build.ts";
import type { Implementation } from "../catalogue.ts";
import { type StartedServer, startClient, startServer } from "../start.ts";
import { ANSWER_PROBES, answering } from "./answer-probes.ts";
import { askServer } from "./ask-server.ts";
import { frameProbes } from "./frame-probes.ts";
import { type Came, type Confirmation, cameWords, type Probe, standsFor } from "./probe.ts";
import { offering, REQUEST_PROBES, RIGHT } from "./request-probes.ts";
import { serveProbes } from "./serve-client.ts";

const DEFLATE = "permessage-deflate";

/** All probes, by the role of the testee. */
export const PROBES: Readonly<Record<Role, readonly Probe[]>> = {
  server: [
    ...REQUEST_PROBES,
    ...frameProbes("server", { plain: RIGHT, deflate: offering(DEFLATE) }),
  ],
  client: [
    ...ANSWER_PROBES,
    ...frameProbes("client", {
      plain: answering(),
      deflate: answering(`Sec-WebSocket-Extensions: ${DEFLATE}`),
    }),
  ],
};

/** Most time that a client gets for all probes, in milliseconds. */
const CLIENT_WAIT = 120_000;

/** Longest wait for the first answer of a server, in milliseconds. */
const FIRST_WAIT = 15_000;

/** The probes for what a testee in a role has failed. */
export const probesFor = (role: Role, results: readonly CaseResult[]): readonly Probe[] => {
  const failed = results.filter(({ behavior }) => behavior === "FAILED");
  return PROBES[role].filter((probe) => failed.some(({ id }) => standsFor(probe, id)));
};

/** Sends all of these to a testee. */
export async function confirm(
  implementation: Implementation,
  role: Role,
  built: Built,
  probes: readonly Probe[],
): Promise<Confirmation[]> {
  if (probes.length === 0) return [];
  if (role === "server") return askAll(() => startServer(implementation, built), probes);
  return serveAll((url) => startClient(implementation, built, url), probes);
}

const judged = (probe: Probe, came: Came): Confirmation => ({
  cases: probe.cases,
  rule: probe.rule,
  sent: probe.sent,
  came: cameWords(came),
  isDefect: probe.breaks(came),
});

/** A server that is gone is started again. What it does for the first time may take it longer than a probe waits. */
async function askAll(
  start: () => Promise<StartedServer>,
  probes: readonly Probe[],
): Promise<Confirmation[]> {
  const confirmations: Confirmation[] = [];
  let server: StartedServer | undefined;
  try {
    for (const probe of probes) {
      server ??= await awake(await start());
      const came = await askServer(server.port, probe);
      confirmations.push(judged(probe, came));
      if (!came.gone) continue;
      await server.stop();
      server = undefined;
    }
  } finally {
    await server?.stop();
  }
  return confirmations;
}

async function awake(server: StartedServer): Promise<StartedServer> {
  await askServer(server.port, { head: RIGHT, frames: Buffer.alloc(0) }, FIRST_WAIT);
  return server;
}

async function serveAll(
  start: (url: string) => ClientProcess,
  probes: readonly Probe[],
): Promise<Confirmation[]> {
  const server = await serveProbes(probes);
  const client = start(`ws://127.0.0.1:${server.port}`);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLIENT_WAIT);
  });
  await Promise.race([server.done, client.ended, late]);
  clearTimeout(timer);
  await client.stop();
  server.close();
  return probes.flatMap((probe, i) => {
    const came = server.came.get(i);
    return came === undefined ? [] : [judged(probe, came)];
  });
}
