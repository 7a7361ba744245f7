import { OP, RawPeer, rawFrame, textFrame } from "../raw-peer.ts";
import type { VictimSpec } from "./scenario.ts";
import { inGroups } from "./site.ts";
import type { Victim } from "./victim.ts";

const TALKERS = 4;
const MESSAGES = 250;
/** Clients that come and go in all, and side by side. */
const CROWD = 1000;
const GROUP = 50;

/**
 * Some clients that come and go, so that code is compiled and pools are there before anything is measured: a
 * server that has yet to serve anybody spends more on compiling than on the attack.
 */
export async function warmUp({ port }: Victim, { options = {} }: VictimSpec): Promise<void> {
  const message = textFrame("warm");
  await inGroups(TALKERS, 1, async () => {
    const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
    await peer.upgrade("/probe");
    for (let i = 0; i < MESSAGES; i++) {
      peer.write(message);
      await peer.readText();
    }
    peer.destroy();
    await peer.untilClosed();
  });
  // Where the number of connections is what is attacked, they are the attack's.
  if (Object.keys(options).some((name) => name.startsWith("maxConnection"))) return;
  await inGroups(CROWD, GROUP, async (index) => {
    const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
    await peer.upgrade("/probe");
    peer.write(message);
    await peer.readText();
    // Half of them break the protocol: a reserved opcode (§5.2).
    peer.write(rawFrame(index % 2 === 0 ? OP.close : 3, ""));
    await peer.readFrame();
    peer.destroy();
  });
}
