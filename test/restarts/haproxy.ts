/** HAProxy by the configuration of the page. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blocksOf } from "../package/snippets.ts";
import { directory, freePort, startProgram } from "../packages/processes.ts";

/** What HAProxy says of one of its servers. */
export interface Backend {
  readonly status: string;
  /** Connections that are open. */
  readonly connections: number;
}

/** A running HAProxy. */
export interface Proxy {
  /** Where it takes connections, as `127.0.0.1:8080`. */
  readonly address: string;
  backend(name: string): Promise<Backend>;
}

/** Where it tells of itself. */
const STATISTICS = (port: number): string => `
frontend statistics
    bind 127.0.0.1:${port}
    stats enable
    stats uri /
`;

/** Starts HAProxy in front of two ports, until the test has finished. It asks them more often than on the page. */
export async function haproxy(one: number, two: number): Promise<Proxy> {
  const [folder, outer, inner] = [await directory(), await freePort(), await freePort()];
  const config = blocksOf("docs/how-to/rolling-restarts.md", "haproxy")
    .join("")
    .replace("bind :80", `bind 127.0.0.1:${outer}`)
    .replace("127.0.0.1:8201", `127.0.0.1:${one}`)
    .replace("127.0.0.1:8202", `127.0.0.1:${two}`)
    // Each takes two descriptors, of which there may be few.
    .replace("maxconn 20000", "maxconn 2000")
    .replaceAll("inter 1s", "inter 100ms")
    // On a busy machine it may take long until an answer comes, which says nothing of the server.
    .replace("timeout check 5s", "timeout check 20s")
    .replace("timeout connect 5s", "timeout connect 20s");
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, `${config}${STATISTICS(inner)}`);
  await startProgram("haproxy", ["-db", "-f", file], outer);
  return { address: `127.0.0.1:${outer}`, backend: (name) => ask(inner, name) };
}

/** Reads its table (HAProxy's management guide, 9.1) */
async function ask(port: number, name: string): Promise<Backend> {
  const response = await fetch(`http://127.0.0.1:${port}/;csv`);
  const [head = "", ...rows] = (await response.text()).replace(/^# /, "").trim().split("\n");
  const columns = head.split(",");
  const cells = rows.map((row) => row.split(",")).find((row) => row[1] === name) ?? [];
  const cell = (column: string): string => cells[columns.indexOf(column)] ?? "";
  // "UP 1/3" and "no check" are not "UP".
  const checked = cell("check_status") !== "" && cell("check_status") !== "INI";
  return { status: checked ? cell("status") : "not checked", connections: Number(cell("scur")) };
}
