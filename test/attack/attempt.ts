import { RawPeer, textFrame } from "../raw-peer.ts";
import { atMost, type Figure, holds, note, within } from "./figure.ts";
import type { ProbeProcess } from "./probe-process.ts";
import type { Library, Scenario } from "./scenario.ts";
import { comes, Site } from "./site.ts";
import { Victim } from "./victim.ts";
import { warmUp } from "./warm-up.ts";

/** What an attack on one library has come to. */
export interface Attempt {
  readonly library: Library;
  readonly figures: readonly Figure[];
  /** How often the attack was made until this came out; see run.ts. */
  readonly tries?: number;
  /** Why the attack could not be carried through, undefined if it was. */
  readonly failure?: string;
}

/** What all attempts of a run have in common. */
export interface Run {
  readonly probe: ProbeProcess;
  readonly fast: boolean;
}

/** The longest that anybody may keep somebody else waiting, in ms. */
const LONGEST_WAIT_MS = 50;
const MEMORY = 64 * 1024 * 1024;
const DEADLINE_S = 60;
const SERVED_MS = 10_000;
/** How long the victim may take to close what is left of the attack. */
const CLEAN_MS = 5000;

/** Carries out one attack on one library. */
export async function attempt(scenario: Scenario, library: Library, run: Run): Promise<Attempt> {
  let victim: Victim | undefined;
  try {
    victim = await Victim.start(scenario.victim, library);
    return { library, figures: await attackOn(victim, scenario, library, run) };
  } catch (error) {
    return {
      library,
      figures: [],
      failure: error instanceof Error ? error.message : String(error),
    };
  } finally {
    await victim?.stop();
  }
}

async function attackOn(
  victim: Victim,
  scenario: Scenario,
  library: Library,
  run: Run,
): Promise<Figure[]> {
  const site = new Site(library, victim, run.probe, run.fast);
  const isServer = scenario.victim.side === "server";
  const probed = scenario.probed ?? isServer;
  try {
    if (isServer) await warmUp(victim, scenario.victim);
    const before = (await site.memory()).rss;
    victim.forgetPeak();
    const descriptors = victim.descriptors;
    if (probed) await run.probe.begin(victim);
    const deadline = (scenario.deadline ?? DEADLINE_S) * 1000;
    const figures = [...(await inTime(scenario.attack(site), deadline))];
    if (probed) figures.push(...(await endProbe(run.probe)));
    figures.push(
      atMost("memory at its peak", "bytes", victim.peak - before, scenario.maxMemory ?? MEMORY),
    );
    if (isServer) figures.push(holds("a fresh client is served", await isServed(victim)));
    await site.leave();
    await comes(() => victim.descriptors <= descriptors, CLEAN_MS);
    const left = Math.max(0, victim.descriptors - descriptors);
    figures.push(atMost("descriptors left behind", "count", left, 0));
    return figures;
  } finally {
    await site.leave();
  }
}

async function endProbe(probe: ProbeProcess): Promise<Figure[]> {
  const { longest, median, longestOwn } = await probe.end();
  return [
    within("longest round trip beside it", longest, LONGEST_WAIT_MS),
    atMost("of that in the victim's own time, at most", "ms", longestOwn, LONGEST_WAIT_MS),
    note("median round trip beside it", "ms", median),
  ];
}

/** Whether somebody who has nothing to do with the attack is still served. */
async function isServed({ port }: Victim): Promise<boolean> {
  const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
  const timer = setTimeout(() => peer.destroy(), SERVED_MS);
  try {
    await peer.upgrade("/probe");
    peer.write(textFrame("hello"));
    return Number(await peer.readText()) > 0;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    peer.destroy();
  }
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over within ${ms / 1000} s`)), ms);
  });
  // It may fail later, when nobody waits for it any more.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
