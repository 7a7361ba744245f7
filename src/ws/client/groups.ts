import { BufferBudget, defaultBudget } from "../../connection/buffer-budget.ts";
import type { KeySource } from "../../protocol/frame-writer.ts";
import { type FaceEvents, FaceGroup } from "../endpoint.ts";
import { settingsFrom } from "../settings.ts";
import type { ClientOptions } from "../types/client.ts";

/** More different options than this are not kept. */
const MOST_KEPT = 64;

/** Groups by what the options come to: a group for each WebSocket would cost it memory. */
const groups = new Map<string, FaceGroup>();

/** What all WebSockets without a server may have waiting, in bytes. */
let budget: BufferBudget | undefined;

/** The group of a WebSocket without a server, with these options. */
export function groupFor(
  options: ClientOptions,
  events: FaceEvents,
  role: "client" | "server" = "client",
): FaceGroup {
  budget ??= new BufferBudget(defaultBudget());
  const { generateMask } = options;
  const make = (key?: KeySource) => new FaceGroup(options, role, events, budget!, key);
  if (generateMask !== undefined) return make(keySource(generateMask));
  const { autoPong, allowSynchronousEvents } = options;
  const settings = settingsFrom(options, role);
  const key = JSON.stringify([role, settings, autoPong, allowSynchronousEvents], spelledOut);
  let group = groups.get(key);
  if (group === undefined) {
    if (groups.size === MOST_KEPT) groups.clear();
    group = make();
    groups.set(key, group);
  }
  return group;
}

/** JSON has no Infinity. */
function spelledOut(_: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? "Infinity" : value;
}

/** Takes the bytes of masking keys from a function of the user's. */
function keySource(generateMask: (mask: Buffer) => void): KeySource {
  const mask = Buffer.alloc(4);
  return () => {
    generateMask(mask);
    return mask.readInt32LE(0);
  };
}
