/** The pages in the order in which they are read. A test finds those that are missing. */

import { existsSync, readFileSync } from "node:fs";

interface Item {
  readonly text: string;
  readonly link: string;
  readonly collapsed?: boolean;
  readonly items?: Item[];
}

interface Section {
  readonly text: string;
  readonly collapsed?: boolean;
  readonly items: Item[];
}

const page = (text: string, link: string): Item => ({ text, link });

/** The API's page, with that of each entry of the package below it. */
function api(text: string): Item {
  const entries = readFileSync(new URL("../api-entries.json", import.meta.url), "utf8");
  const items = Object.keys(JSON.parse(entries)).map((name) =>
    page(name, `/reference/api/${name}/`),
  );
  return { ...page(text, "/reference/api/"), collapsed: true, items };
}

/** The API's pages are made by the build; the others are files, some of which may not have been written yet. */
function isThere({ link }: Item): boolean {
  if (link === "/" || link === "/reference/api/") return true;
  return existsSync(new URL(`..${link}.md`, import.meta.url));
}

const SECTIONS: Section[] = [
  {
    text: "Begin",
    items: [
      page("What it is", "/"),
      page("Tutorial: a chat with login", "/tutorial"),
      page("Guide", "/guide"),
      page("The command line", "/cli"),
      page("What it runs on", "/support"),
    ],
  },
  {
    text: "How to",
    items: [
      page("Authenticate", "/how-to/authenticate"),
      page("Rooms and broadcast", "/how-to/rooms"),
      page("Topics", "/topics"),
      page("Presence", "/presence"),
      page("Back-pressure", "/how-to/back-pressure"),
      page("Large uploads", "/how-to/uploads"),
      page("Reconnect and resume", "/how-to/reconnect"),
      page("Express, Fastify, Next …", "/how-to/frameworks"),
      page("Test your own service", "/how-to/testing"),
      page("Metrics and traces", "/how-to/observability"),
      page("Devices with odd origins", "/how-to/origins"),
    ],
  },
  {
    text: "Run it",
    items: [
      page("Behind nginx and others", "/how-to/proxies"),
      page("systemd", "/how-to/systemd"),
      page("Rolling restarts", "/how-to/rolling-restarts"),
      page("Kubernetes", "/how-to/kubernetes"),
      page("PM2", "/how-to/pm2"),
      page("Several processes", "/how-to/cluster"),
      page("Brokers: Redis, NATS …", "/brokers"),
      page("HTTP/2", "/http2"),
      page("Renew a certificate", "/how-to/tls-renewal"),
    ],
  },
  {
    text: "Reference",
    items: [
      page("Options", "/reference/options"),
      page("Limits", "/reference/limits"),
      page("Error codes", "/reference/errors"),
      page("Close codes", "/reference/close-codes"),
      api("Classes and types"),
    ],
  },
  {
    text: "Coming from",
    items: [
      page("ws", "/migrating/ws"),
      page("barewire/ws: its interface", "/ws"),
      page("barewire/web: that of browsers", "/web"),
      page("crossws, Nitro, H3", "/crossws"),
      page("socket.io", "/migrating/socket-io"),
      page("uWebSockets.js", "/migrating/uwebsockets"),
      page("Bun.serve", "/migrating/bun"),
    ],
  },
  {
    text: "How it works",
    items: [
      page("Architecture", "/architecture"),
      page("Why it is strict", "/why-strict"),
      page("How a connection ends", "/closing"),
      page("A client that comes back", "/reconnecting"),
      page("Compression", "/compression"),
      page("Benchmark", "/benchmark"),
      page("Performance", "/performance"),
      page("What was tried for it", "/performance-log"),
    ],
  },
  {
    text: "How it is tested",
    items: [
      page("Reliability", "/reliability"),
      page("Faults of others", "/vulnerabilities"),
      page("Autobahn|Testsuite", "/autobahn"),
      page("Conformance suite", "/conformance"),
      page("What it finds in others", "/matrix"),
    ],
  },
];

/** What stands beside every page. */
export const SIDEBAR: Section[] = SECTIONS.map((section) => ({
  ...section,
  items: section.items.filter(isThere),
}));
