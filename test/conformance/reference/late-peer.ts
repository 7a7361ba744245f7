/** A server in a process of its own that refuses at first: `node --import tsx late-peer.ts PORT`. */
import { startReferenceServer } from "./reference-server.ts";

/** Milliseconds. */
const REFUSES = 700;

const server = await startReferenceServer({ opensNever: true }, Number(process.argv[2]));
setTimeout(() => {
  server.faults = {};
}, REFUSES);
