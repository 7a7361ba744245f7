import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { endCommands, runCommand } from "../run-command.ts";
import { endTypedCommands, TypedCommand } from "../typed-command.ts";

const PASSPHRASE = "hunter2-hunter2";
const OWN = selfSignedCertificate();
const CLIENT = selfSignedCertificate();

// A server that wants a certificate of its clients, and says which it got.
let server: Server;
let url: string;
let folder: string;
const files = { ca: "", cert: "", key: "", both: "", encrypted: "", passphrase: "" };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "barewire-tls-"));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  files.ca = write("ca.pem", OWN.cert);
  files.cert = write("cert.pem", CLIENT.cert);
  files.key = write("key.pem", CLIENT.key);
  files.both = write("both.pem", CLIENT.cert + CLIENT.key);
  const encryption = { cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;
  const key = createPrivateKey(CLIENT.key);
  files.encrypted = write(
    "encrypted.pem",
    key.export({ type: "pkcs8", format: "pem", ...encryption }).toString(),
  );
  files.passphrase = write("passphrase", `${PASSPHRASE}\n`);
  server = createServer({ ...OWN, ca: CLIENT.cert, requestCert: true });
  new WebSocketServer({ server }).on("connection", (ws, { socket }) => {
    const { authorized, servername } = socket as TLSSocket & { servername: string };
    ws.send(`${authorized} ${servername}`);
    ws.close(1000);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `wss://localhost:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  await endTypedCommands();
  await endCommands();
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Connects with these options, and with trust in the server. */
async function connect(...args: string[]) {
  return await runCommand(["connect", url, "-4", "--ca", files.ca, ...args]);
}

describe("a client's certificate", () => {
  it.each([
    ["--cert and --key", () => ["--cert", files.cert, "--key", files.key]],
    ["one file for both", () => ["--cert", files.both]],
    [
      "a key that is encrypted, and --passphrase",
      () => ["--cert", files.cert, "--key", files.encrypted, "--passphrase", PASSPHRASE],
    ],
    [
      "--passphrase @FILE",
      () => [
        "--cert",
        files.cert,
        "--key",
        files.encrypted,
        "--passphrase",
        `@${files.passphrase}`,
      ],
    ],
  ])("is sent with %s", async (_, args) => {
    const { code, stdout, stderr } = await connect(...args(), "--verbose");
    expect(stdout).toBe("true localhost\n");
    expect(stderr).toMatch(/TLS: TLSv1\.3, TLS_\w+\ncertificate: subject .*\n/);
    expect(stderr).toContain("certificate: verified\n");
    expect(stderr).not.toContain(PASSPHRASE);
    expect(code).toBe(0);
  });

  it("is what --bench has, too", async () => {
    const { code, stderr } = await runCommand(["bench", url, "-4", "--ca", files.ca, "-c", "1"]);
    // The server wants a certificate.
    expect(stderr).toMatch(/TLS|certificate/);
    expect(code).toBe(1);
  });

  it("that is missing is told", async () => {
    const { code, stderr } = await connect();
    expect(stderr).toMatch(/^barewire connect: .*certificate/i);
    expect(code).toBe(1);
  });

  it.each([
    [["--cert", "missing"], /--cert: cannot read missing \(ENOENT\)/],
    [["--key", "missing"], /--key: expected --cert FILE with it/],
    [["--cert", "CERT"], /--cert: expected --key FILE with it: .* has no private key/],
    [["--cert", "CERT", "--key", "CA"], /are not a certificate and its private key in PEM/],
    [["--cert", "CERT", "--key", "ENCRYPTED"], /is encrypted; expected --passphrase TEXT or @FILE/],
    [
      ["--cert", "CERT", "--key", "ENCRYPTED", "--passphrase", "wrong"],
      /are not a certificate and its private key in PEM/,
    ],
  ])("is refused with %j", async (args, message) => {
    const names: Record<string, string> = {
      CERT: files.cert,
      CA: files.ca,
      ENCRYPTED: files.encrypted,
    };
    const { code, stderr } = await connect(...args.map((arg) => names[arg] ?? arg));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it("has its passphrase asked for at a terminal", async () => {
    const args = ["--cert", files.cert, "--key", files.encrypted];
    const command = new TypedCommand(["connect", url, "-4", "--ca", files.ca, ...args]);
    await command.seen(/Passphrase of .*encrypted\.pem:$/);
    command.type(`${PASSPHRASE}\r`);
    await command.seen(/true localhost/);
    expect(command.output).not.toContain(PASSPHRASE);
    expect(await command.exit).toBe(0);
  });
});

describe("the name of the server", () => {
  it("may be another than the URL's", async () => {
    const byAddress = url.replace("localhost", "127.0.0.1");
    const args = ["--ca", files.ca, "--cert", files.both, "--servername", "localhost"];
    const { stdout } = await runCommand(["connect", byAddress, ...args]);
    expect(stdout).toBe("true localhost\n");
    const wrong = await connect("--cert", files.both, "--servername", "other.test");
    expect(wrong.stderr).toMatch(/certificate|other\.test/);
    expect(wrong.code).toBe(1);
  });
});
