/**
 * One test in a process of its own, which looks to it like a page as far as WebSockets go: `node page.mjs` with what
 * it is to run as JSON in its environment. The last line of its output has the results as JSON.
 */

import dns from "node:dns";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const { test, root, host, ports, classes, timeout } = JSON.parse(process.env.WPT_TEST);

const { lookup } = dns;
dns.lookup = (name, options, callback) => {
  if (name !== host && !name.endsWith(`.${host}`)) return lookup(name, options, callback);
  const [settings, done] = typeof options === "function" ? [{}, options] : [options, callback];
  const found = { address: "127.0.0.1", family: 4 };
  if (settings.all) process.nextTick(done, null, [found]);
  else process.nextTick(done, null, found.address, found.family);
};

const place = new URL(
  `http://${host}:${ports.http}/websockets/${test.name.replace(/\.js\b/, ".html")}`,
);
const globals = await import(classes);
const set = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

const location = {};
for (const name of [
  "href",
  "origin",
  "protocol",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
]) {
  location[name] = place[name];
}
location.toString = () => place.href;
set("self", globalThis);
set("window", globalThis);
set("location", location);
for (const name of ["WebSocket", "CloseEvent", "WebSocketStream", "WebSocketError"]) {
  if (name in globals) set(name, globals[name]);
}
const { fetch } = globalThis;
set("fetch", (url, init) => fetch(new URL(url, `http://127.0.0.1:${ports.http}`), init));

const values = {
  host,
  "hosts[alt][www]": `www.another.${host}`,
  "ports[ws][0]": ports.ws,
  "ports[wss][0]": ports.wss,
  "ports[http][0]": ports.http,
};
// What the tests' own server has by another name.
const ALIASES = { "/resources/WebIDLParser.js": "/resources/webidl2/lib/webidl2.js" };
const read = (path) => {
  const text = readFileSync(join(root, ALIASES[path] ?? path), "utf8");
  if (!path.includes(".sub.")) return text;
  return text.replaceAll(/\{\{([^}]+)\}\}/g, (_, name) => String(values[name] ?? ""));
};
const run = (path) => runInThisContext(read(path), { filename: path });
set("importScripts", (...paths) => {
  for (const path of paths) {
    const full = path.startsWith("/") ? path : new URL(path, place).pathname;
    if (!full.endsWith("/testharness.js")) run(full);
  }
});

const results = [];
function report(status) {
  process.stdout.write(`\n${JSON.stringify({ status, results })}\n`, () => process.exit(0));
}
// What a test leaves behind, or does wrong, is not to end the process without a word.
process.on("uncaughtException", (error) => {
  results.push({ name: "(the page)", status: 1, message: `uncaught: ${error?.stack ?? error}` });
});
setTimeout(() => report("timeout"), timeout);

for (const script of test.scripts) {
  try {
    if ("text" in script) runInThisContext(script.text, { filename: test.name });
    else run(script.path);
  } catch (error) {
    // The harness would wait for tests that are never begun.
    results.push({ name: "(the page)", status: 1, message: String(error?.stack ?? error) });
    report("ok");
    break;
  }
  if (script.path !== "/resources/testharness.js") continue;
  add_result_callback(({ name, status, message }) => results.push({ name, status, message }));
  add_completion_callback(() => report("ok"));
  // Only now: with a document the harness would take this for a window.
  set("document", pretendedDocument(test.title));
  set("Window", class Window {});
}

/** As much of a document as tests of WebSockets use that need none. */
function pretendedDocument(title) {
  return {
    title,
    body: { toString: () => "[object HTMLBodyElement]" },
    getElementsByTagName: (name) => (name === "title" ? [{ firstChild: { data: title } }] : []),
    createElement(name) {
      if (name !== "a") throw new Error(`there is no document to make a ${name} for`);
      return {
        href: "",
        toString() {
          return new URL(this.href, place).href;
        },
      };
    },
    createEvent() {
      const event = new Event("");
      const init = (type, bubbles, cancelable, view, detail) => {
        for (const [key, value] of Object.entries({ type, bubbles, cancelable, view, detail })) {
          Object.defineProperty(event, key, { value, configurable: true });
        }
      };
      return Object.assign(event, { initEvent: init, initUIEvent: init });
    },
  };
}
