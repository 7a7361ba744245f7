/** A process that publishes numbered messages: forked, told to begin and to end, and then it says how many. */

import { createClient } from "redis";
import { Server } from "../../src/index.ts";
import { redisBroker } from "../../src/topics/broker/redis/redis.ts";

const [url = "", interval = ""] = process.argv.slice(2);
const broker = redisBroker({ client: createClient({ url }), history: { size: 10_000 } });
const server = new Server({ broker });
let published = 0;
let timer: NodeJS.Timeout | undefined;

function begin(): void {
  const begun = performance.now();
  // By the clock: a timer alone would be late by some more with each message.
  timer = setInterval(() => {
    const due = (performance.now() - begun) / Number(interval);
    while (published < due) server.publish("feed", JSON.stringify({ id: ++published }));
  }, Number(interval));
}

process.on("message", (word) => {
  if (word === "begin") begin();
  else {
    clearInterval(timer);
    process.send?.(published);
  }
});
