/**
 * Measures one gate: `node main.mjs JSON`, with the scenario and the file of the library; prints a line
 * of JSON.
 *
 * It does so in lockstep with the other side, a thread of its own. This thread stands still until all that
 * a round sends is in the buffers of the sockets; then it works all of it off, and stands still again. So
 * what it finds, reads and writes does not depend on who is faster. What is counted is of this thread only.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Meter, TaskMeter } from "./counters.mjs";
import { functions, handlers, routeOf } from "./forms.mjs";

const { scenario, library, tls, rounds } = JSON.parse(process.argv[2]);
const { Server, connect } = await import(library);

/** Turns of the event loop until what was sent last has been written. */
const TURNS = 4;
/** Milliseconds for the system to put what was sent where this thread reads it. */
const DELIVERY = 3;
/**
 * So that V8 has compiled what it will compile: so many messages or deliveries, as many rounds at once as
 * the buffers of a socket hold, and then rounds as they are measured.
 */
const WARM_UP = 200_000;
const WARM_UP_BYTES = 16_384;
const WARM_UP_ROUNDS = 400;

/** The figures that are numbers of bytes. */
const ALLOCATED = ["heap", "buffers"];

const HOST = "127.0.0.1";
const messages = (scenario.senders ?? scenario.connections) * scenario.depth;

/** Counts what has been dealt with, and calls back when that is so much. */
class Countdown {
  #left = 0;
  #resolve = () => {};

  from(count) {
    this.#left = count;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  one = () => {
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  };
}

const done = new Countdown();
const opened = new Countdown();
const closed = new Countdown();

/** Where the other side says that it is ready: 0 while this thread has to wait. */
const signal = new Int32Array(new SharedArrayBuffer(4));

const other = new Worker(new URL("./other-side.mjs", import.meta.url), {
  workerData: { scenario, signal },
});
other.on("error", (error) => {
  throw error;
});

/** Has the other side do something while this thread stands still. */
function ask(what) {
  Atomics.store(signal, 0, 0);
  other.postMessage(what);
  Atomics.wait(signal, 0, 0);
  if (Atomics.load(signal, 0) < 0) throw new Error("the other side has failed");
}

/** Waits until what was sent has been delivered. */
function awaitDelivery() {
  Atomics.wait(signal, 0, 1, DELIVERY);
}

async function settle() {
  for (let i = 0; i < TURNS; i++) await nextTurn();
}

async function listen() {
  const server = new Server({
    maxMessageSize: 2 ** 24,
    compression: scenario.compression && { threshold: 0 },
    // No timer shall fire while a round is measured.
    heartbeatInterval: Number.POSITIVE_INFINITY,
    onError: () => {},
  });
  const route = routeOf(scenario.form, done.one, server);
  server.handle("/", withCounts(route));
  const options = tls === undefined ? {} : { tls: readTls() };
  const { port } = await server.listen({ port: 0, host: HOST, ...options });
  other.postMessage({ do: "connect", port });
}

/** The same route, which also counts the connections that come and go. */
function withCounts(route) {
  if (typeof route !== "function") {
    return {
      ...route,
      open(ws) {
        route.open?.(ws);
        ws.closed.then(closed.one);
        opened.one();
      },
    };
  }
  return async (request) => {
    const { upgrade } = request;
    request.upgrade = (options) => {
      const ws = upgrade.call(request, options);
      ws.closed.then(closed.one);
      opened.one();
      return ws;
    };
    await route(request);
  };
}

function readTls() {
  return { key: readFileSync(tls.key, "utf8"), cert: readFileSync(tls.cert, "utf8") };
}

async function connectAll() {
  other.postMessage({ do: "listen" });
  const [port] = await once(other, "message");
  const handler = handlers[scenario.form]?.(done.one);
  const options = handler === undefined ? {} : { handler };
  for (let i = 0; i < scenario.connections; i++) {
    const ws = await connect(`ws://${HOST}:${port}/`, {
      ...options,
      heartbeatInterval: Number.POSITIVE_INFINITY,
    });
    if (handler === undefined) functions[scenario.form](ws, done.one);
  }
}

/** One round with `meter`, or without; or so many at once. */
async function round(meter, times = 1) {
  if (scenario.shortLived) return await shortLivedRound(meter);
  const all = done.from(times * messages);
  ask({ do: "send", times });
  if (meter !== undefined) awaitDelivery();
  meter?.begin();
  await all;
  await settle();
  const found = await meter?.end();
  ask({ do: "check" });
  return found;
}

/** Connections that are opened, used and closed: three steps, of which what is measured is added. */
async function shortLivedRound(meter) {
  const { connections } = scenario;
  const found = [];
  for (const [what, all] of [
    ["open", opened.from(connections)],
    ["send", done.from(messages)],
    ["close", closed.from(connections)],
  ]) {
    ask({ do: what });
    if (meter !== undefined) awaitDelivery();
    meter?.begin();
    await all;
    await settle();
    found.push(await meter?.end());
    ask({ do: "check" });
  }
  return found.includes(undefined) ? undefined : sum(found);
}

/** What waiting for the end of a round costs by itself, as often as a round does that. */
async function emptyRound(meter) {
  const found = [];
  for (let i = 0; i < (scenario.shortLived ? 3 : 1); i++) {
    const all = done.from(1);
    meter.begin();
    done.one();
    await all;
    await settle();
    found.push(await meter.end());
  }
  return found.includes(undefined) ? undefined : sum(found);
}

function sum(found) {
  const names = Object.keys(found[0]);
  const total = (name) => found.reduce((all, each) => all + each[name], 0);
  return Object.fromEntries(names.map((name) => [name, total(name)]));
}

/** What some rounds have in common: the least of what is counted, the medians of what is allocated. */
async function typical(measureRound, meter) {
  const found = [];
  for (let i = 0; found.length < rounds; i++) {
    if (i === 4 * rounds) throw new Error("the collector runs within the rounds");
    const figures = await measureRound(meter);
    if (figures !== undefined) found.push(figures);
  }
  const of = (name) => {
    const values = found.map((each) => each[name]).sort((a, b) => a - b);
    // V8 wakes the loop now and then for work of its own, which takes a read and a write.
    return values[ALLOCATED.includes(name) ? found.length >> 1 : 0];
  };
  return Object.fromEntries(Object.keys(found[0]).map((name) => [name, of(name)]));
}

/** What a round costs per message, delivery or connection. */
async function measure(meter) {
  const per = scenario.shortLived ? scenario.connections : messages * (scenario.replies ?? 1);
  const own = await typical(emptyRound, meter);
  const whole = await typical(round, meter);
  return Object.fromEntries(
    Object.entries(whole).map(([name, value]) => [name, (value - own[name]) / per]),
  );
}

async function warmUp() {
  const { depth, message, replies = 1 } = scenario;
  const times = Math.ceil(WARM_UP_BYTES / (depth * message.bytes * replies));
  if (times > 1 && !scenario.shortLived) {
    const rounds = Math.ceil(WARM_UP / (times * messages * replies));
    for (let i = 0; i < rounds; i++) await round(undefined, times);
  }
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await round();
}

if (scenario.client) await connectAll();
else await listen();
if (!scenario.shortLived && !scenario.client) await once(other, "message");

await warmUp();
const figures = await measure(new Meter());
// Last, since V8 takes another way through promises from then on.
const tasks = new TaskMeter();
await round(tasks);
Object.assign(figures, await measure(tasks));
tasks.close();
console.log(JSON.stringify(figures));
process.exit(0);
