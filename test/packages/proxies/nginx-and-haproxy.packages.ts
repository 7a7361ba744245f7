import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, Server } from "../../../src/index.ts";
import { directory, freePort, makeCertificates, startProgram } from "../processes.ts";
import { ask, serveFacts, statusFor } from "./facts.ts";

describe("nginx", () => {
  /** Ends TLS and passes on by these lines. Returns its port. */
  async function nginx(backend: number, ...lines: string[]) {
    const folder = await directory();
    const { ca, server } = await makeCertificates(folder);
    const port = await freePort();
    await writeFile(join(folder, "site.pem"), server.cert);
    await writeFile(join(folder, "site.key"), server.key);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const config = `
      daemon off;
      pid ${folder}/nginx.pid;
      error_log ${folder}/error.log;
      events {}
      http {
        access_log off;
        ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
        server {
          listen 127.0.0.1:${port} ssl;
          ssl_certificate ${folder}/site.pem;
          ssl_certificate_key ${folder}/site.key;
          location / {
            proxy_pass http://127.0.0.1:${backend};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            ${lines.join("\n            ")}
          }
        }
      }`;
    await writeFile(join(folder, "nginx.conf"), config);
    await startProgram("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder], port);
    return {
      url: `wss://localhost:${port}/ws`,
      origin: `https://localhost:${port}`,
      tls: { ca },
      port,
    };
  }

  const HOST = "proxy_set_header Host $http_host;";
  const FOR = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
  const PROTO = "proxy_set_header X-Forwarded-Proto $scheme;";

  it("as the guide has it: trustProxy tells who is there", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const { url, origin, tls, port: outer } = await nginx(port, HOST, FOR, PROTO);
    expect(await ask(url, origin, tls)).toMatchObject({
      remoteAddress: "127.0.0.1",
      secure: true,
      host: `localhost:${outer}`,
    });
    expect(await statusFor(url, `http://localhost:${outer}`, tls)).toBe(403);
    expect(await statusFor(url, "https://evil.test", tls)).toBe(403);
  });

  it("with Host and nothing else: trustProxy lets a browser through", async () => {
    const { port } = await serveFacts({ trustProxy: true });
    const { url, origin, tls } = await nginx(port, HOST);
    expect(await ask(url, origin, tls)).toMatchObject({ secure: false });
    expect(await statusFor(url, "https://evil.test", tls)).toBe(403);
    // Without the option its scheme is taken for http.
    const { port: distrustful } = await serveFacts({});
    const other = await nginx(distrustful, HOST);
    expect(await statusFor(other.url, other.origin, other.tls)).toBe(403);
  });

  it("with a Host without its port, and the port beside it", async () => {
    const { port } = await serveFacts({ trustProxy: 1 });
    const lines = [
      "proxy_set_header Host $host;",
      PROTO,
      "proxy_set_header X-Forwarded-Port $server_port;",
    ];
    const {
      url,
      tls,
      port: outer,
    } = await nginx(port, ...lines, "proxy_set_header X-Forwarded-Host $host;");
    expect(await ask(url, `https://localhost:${outer}`, tls)).toMatchObject({
      host: `localhost:${outer}`,
    });
  });

  it("without Host: the option origin lets a browser through", async () => {
    const folder: string[] = [];
    const { port } = await serveFacts({ origin: (origin) => folder.includes(origin) });
    const { url, origin, tls } = await nginx(port);
    expect(await statusFor(url, origin, tls)).toBe(403);
    folder.push(origin);
    expect(await ask(url, origin, tls)).toMatchObject({ host: `127.0.0.1:${port}` });
  });

  it("lets a client that lies about its address tell nothing but that", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const { url, tls } = await nginx(port, HOST, "proxy_set_header X-Forwarded-For $remote_addr;");
    const ws = await connect(url, { tls, headers: { "X-Forwarded-For": "203.0.113.9" } });
    expect(JSON.parse(String(await ws.receive()))).toMatchObject({ remoteAddress: "127.0.0.1" });
    await ws.close();
  });
});

describe("HAProxy", () => {
  /** Passes TCP on, with TLS ended or not, in each way that a line of `server` says. */
  async function haproxy(backend: number, how: string, ends: "TLS" | "nothing" = "nothing") {
    const folder = await directory();
    const { ca, server } = await makeCertificates(folder);
    const port = await freePort();
    await writeFile(join(folder, "site.pem"), `${server.cert}${server.key}`);
    const bind = ends === "TLS" ? `ssl crt ${folder}/site.pem` : "";
    const config = `
global
    log stderr format raw local0 crit
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend outer
    bind 127.0.0.1:${port} ${bind}
    default_backend inner
backend inner
    server one 127.0.0.1:${backend} ${how}
`;
    await writeFile(join(folder, "haproxy.cfg"), config);
    await startProgram("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], port);
    const scheme = ends === "TLS" ? "wss" : "ws";
    return { url: `${scheme}://localhost:${port}/ws`, tls: { ca }, port };
  }

  it.each([
    ["send-proxy", "nothing", false],
    ["send-proxy-v2", "nothing", false],
    ["send-proxy-v2 proxy-v2-options crc32c", "nothing", false],
    ["send-proxy-v2-ssl", "nothing", false],
    ["send-proxy", "TLS", false],
    ["send-proxy-v2-ssl", "TLS", true],
    ["send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-sig,crc32c", "TLS", true],
  ] as const)("with %s, ending %s", async (how, ends, secure) => {
    const { port, refused } = await serveFacts({}, { proxyProtocol: ["loopback"] });
    const { url, tls, port: outer } = await haproxy(port, how, ends);
    const origin = `${ends === "TLS" ? "https" : "http"}://localhost:${outer}`;
    const facts = await ask(url, origin, tls);
    expect(facts).toMatchObject({ remoteAddress: "127.0.0.1", secure, host: `localhost:${outer}` });
    // Not the port that HAProxy has used.
    expect(facts.remotePort).toBe(facts.clientPort);
    expect(await statusFor(url, "https://evil.test", tls)).toBe(403);
    expect(refused.filter(({ code }) => code === "BAD_PROXY_HEADER")).toEqual([]);
  });

  it("in front of a TLS port, which it passes TLS on to", async () => {
    const own = await makeCertificates(await directory());
    const { port } = await serveFacts({}, { proxyProtocol: ["loopback"], tls: own.server });
    const { port: outer } = await haproxy(port, "send-proxy-v2");
    const facts = await ask(`wss://localhost:${outer}/ws`, `https://localhost:${outer}`, {
      ca: own.ca,
    });
    expect(facts).toMatchObject({ remoteAddress: "127.0.0.1", secure: true });
    expect(facts.remotePort).toBe(facts.clientPort);
  });

  it("checks the server's health by LOCAL, or by a connection without a request", async () => {
    const { port, refused } = await serveFacts({}, { proxyProtocol: ["loopback"] });
    const {
      url,
      tls,
      port: outer,
    } = await haproxy(port, "send-proxy-v2 check inter 100ms check-send-proxy");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await ask(url, `http://localhost:${outer}`, tls)).toMatchObject({ secure: false });
    expect(refused.filter(({ code }) => code === "BAD_PROXY_HEADER")).toEqual([]);
  });
});

describe("a client's certificate", () => {
  it("is known before the upgrade, and one of another authority is refused in TLS", async () => {
    const ours = await makeCertificates(await directory());
    const theirs = await makeCertificates(await directory());
    const tls = { ...ours.server, ca: ours.ca, requestCert: true };
    const { port, refused } = await serveFacts({}, { tls });
    const url = `wss://localhost:${port}/ws`;
    const origin = `https://localhost:${port}`;
    const facts = await ask(url, origin, { ca: ours.ca, ...ours.client });
    expect(facts.commonName).toBe("device-7");
    for (const client of [theirs.client, {}]) {
      await expect(ask(url, origin, { ca: ours.ca, ...client })).rejects.toThrow();
    }
    expect(refused.map(({ code }) => code)).toEqual(["TLS_FAILED", "TLS_FAILED"]);
  });

  it("decides in the handler, where TLS lets everybody through", async () => {
    const ours = await makeCertificates(await directory());
    const theirs = await makeCertificates(await directory());
    const server = new Server();
    server.handle<string>("/devices", {
      upgrade({ tls }) {
        return tls?.authorized ? { data: `${tls.peerCertificate.subject.CN}` } : undefined;
      },
      open: (ws) => ws.send(ws.data ?? "nobody"),
    });
    onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
    const tls = { ...ours.server, ca: ours.ca, requestCert: true, rejectUnauthorized: false };
    const { port } = await server.listen({ port: 0, host: "127.0.0.1", tls });
    const nameOf = async (client: object) => {
      const ws = await connect(`wss://localhost:${port}/devices`, {
        tls: { ca: ours.ca, ...client },
      });
      const name = await ws.receive();
      await ws.close();
      return name;
    };
    expect(await nameOf(ours.client)).toBe("device-7");
    expect(await nameOf(theirs.client)).toBe("nobody");
    expect(await nameOf({})).toBe("nobody");
  });
});
