/** A process that is in a topic: `presence-member.ts ENGINE PORT KEY`. It says when it has joined. */

import { Presence } from "../../src/presence/presence.ts";
import { brokerOf } from "./presence-brokers.ts";

const [, , engine = "", port = "", key = ""] = process.argv;
const broker = await brokerOf(engine, Number(port));
const presence = new Presence({ broker, timeout: 2000 });
const watch = presence.watch("room");
presence.join("room", key);
await watch.ready;
console.log("joined");
setInterval(() => {}, 1000);
