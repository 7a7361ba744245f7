/**
 * A process that publishes numbered messages at an interval. It is forked, told to go on again and again, and told to
 * end. Then it says how many there were.
 */

import { createClient } from "redis";
import { Server } from "../../src/index.ts";
import { redisBroker } from "../../src/topics/broker/redis/redis.ts";

/** Milliseconds for which it goes on when it is told to: so it waits where those who listen do not keep up. */
const GOES_ON = 1000;
/** Most messages that are made up for at once, where it was late itself. */
const MOST_AT_ONCE = 10;

const [url = "", interval = ""] = process.argv.slice(2);
const broker = redisBroker({ client: createClient({ url }), history: { size: 10_000 } });
const server = new Server({ broker });
let published = 0;
let due = 0;
let last = performance.now();
let until = 0;

const timer = setInterval(() => {
  const time = performance.now();
  if (time < until) due = Math.min(due + (time - last) / Number(interval), MOST_AT_ONCE);
  last = time;
  for (; due >= 1; due--) server.publish("feed", JSON.stringify({ id: ++published }));
}, Number(interval));

process.on("message", (word) => {
  if (word === "go on") until = performance.now() + GOES_ON;
  else {
    clearInterval(timer);
    process.send?.(published);
  }
});
