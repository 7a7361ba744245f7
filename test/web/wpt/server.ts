/** What the tests talk to: the handlers that come with them, in Python, and a few answers over HTTP. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { pythonWithPackages } from "../../peers/python-environment.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The host that the tests are served from. Whatever is below it is 127.0.0.1 to them. */
export const HOST = "web-platform.test";

/** Where everything is. */
export interface Servers {
  readonly ports: { readonly ws: number; readonly wss: number; readonly http: number };
  /** Path of a file with the certificate to trust. */
  readonly authority: string;
  close(): void;
}

/** Starts the servers. @param folder where `handlers/` is */
export async function serve(folder: string): Promise<Servers> {
  const python = await pythonWithPackages({
    name: "wpt-python",
    requirements: here("requirements.txt"),
    module: "pywebsocket3",
  });
  const files = mkdtempSync(join(tmpdir(), "barewire-wpt-"));
  const { cert, key } = selfSignedCertificate([HOST, `*.${HOST}`]);
  const authority = join(files, "cert.pem");
  writeFileSync(authority, cert);
  writeFileSync(join(files, "key.pem"), key, { mode: 0o600 });
  const handlers = join(folder, "handlers");
  const child = spawn(python, [here("serve.py"), handlers, authority, join(files, "key.pem")], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const http = await serveHttp(join(folder, "..", "interfaces"));
  const close = (): void => {
    child.kill();
    http.close();
    http.closeAllConnections();
    rmSync(files, { recursive: true, force: true });
  };
  const exited = once(child, "exit").then(() => {
    close();
    throw new Error(`the handlers in ${handlers} cannot be served by pywebsocket3`);
  });
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, "line"), exited])) as [string];
  exited.catch(() => {});
  const [ws = 0, wss = 0] = line.split(" ").map(Number);
  return { ports: { ws, wss, http: (http.address() as AddressInfo).port }, authority, close };
}

/**
 * The handlers of `/fetch/api/resources/` that the tests ask: values that are put there, to be taken once. And the
 * files of `/interfaces/`.
 */
async function serveHttp(interfaces: string): Promise<Server> {
  const stash = new Map<string, string>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/interfaces/")) {
      createReadStream(join(interfaces, basename(pathname)))
        .on("error", (error) => response.destroy(error))
        .pipe(response);
      return;
    }
    const key = searchParams.get("key") ?? "";
    if (pathname.endsWith("/stash-put.py")) stash.set(key, searchParams.get("value") ?? "");
    const value = pathname.endsWith("/stash-take.py") ? (stash.get(key) ?? null) : undefined;
    if (value === null || value !== undefined) stash.delete(key);
    response.end(value === undefined ? "" : JSON.stringify(value));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
