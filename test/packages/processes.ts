/** Programs and ports for the tests beside other packages. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A directory that is gone when the test has finished. */
export async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "barewire-packages-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Puts an HTTP server on a free port of 127.0.0.1, until the test has finished. */
export async function listen(http: HttpServer): Promise<number> {
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return (http.address() as AddressInfo).port;
}

/** Resolves once somebody listens on the port. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    const heard = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (heard) return;
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts a program that listens on a port, until the test has finished. */
export async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await exited;
  });
  await Promise.race([
    listening(port, child),
    new Promise((_, reject) => child.once("error", reject)),
  ]);
}

/** The certificate of an authority, and of a server and a client that it vouches for. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Makes certificates by OpenSSL. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = (...args: string[]) =>
    promisify(execFile)("openssl", args, { cwd: folder, encoding: "utf8" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2"];
  await openssl("req", ...authority, "-subj", "/CN=Test CA");
  const make = async (name: string, extension: string) => {
    await openssl(
      "req",
      ...newKey,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
      "-subj",
      `/CN=${name}`,
    );
    await writeFile(join(folder, `${name}.ext`), `${extension}\n`);
    const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    const files = ["-in", `${name}.csr`, "-extfile", `${name}.ext`, "-out", `${name}.pem`];
    await openssl("x509", "-req", ...files, ...signing);
    const read = (file: string) => readFile(join(folder, file), "utf8");
    return { cert: await read(`${name}.pem`), key: await read(`${name}.key`) };
  };
  const server = await make("localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  const client = await make("device-7", "extendedKeyUsage=clientAuth");
  return { ca: await readFile(join(folder, "ca.pem"), "utf8"), server, client };
}
