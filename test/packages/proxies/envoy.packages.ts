import { writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { directory, freePort, makeCertificates, startProgram } from "../processes.ts";
import { proxyCommand } from "./binaries.ts";
import { ask, serveFacts, statusFor } from "./facts.ts";
import { shown } from "./page.ts";

let envoy: readonly [program: string, ...args: string[]];

beforeAll(async () => {
  envoy = await proxyCommand("envoy");
});

const TYPES = "type.googleapis.com/envoy.extensions";
const HTTP2_UPSTREAM = `
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": ${TYPES}.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: { allow_connect: true } }`;

/** Runs it with what the page shows of its HttpConnectionManager. */
async function startEnvoy(backend: number, { connects = false, http2 = false } = {}) {
  const folder = await directory();
  const { ca, server } = await makeCertificates(folder);
  const port = await freePort();
  await writeFile(join(folder, "site.pem"), server.cert);
  await writeFile(join(folder, "site.key"), server.key);
  const managed = (await shown("yaml")).trimEnd().replaceAll("\n", `\n${" ".repeat(16)}`);
  const config = `
static_resources:
  listeners:
    - name: outer
      address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
      filter_chains:
        - transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              "@type": ${TYPES}.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                alpn_protocols: [h2, http/1.1]
                tls_certificates:
                  - certificate_chain: { filename: ${folder}/site.pem }
                    private_key: { filename: ${folder}/site.key }
          filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": ${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: outer
                http2_protocol_options: { allow_connect: ${connects} }
                ${managed}
  clusters:
    - name: barewire
      connect_timeout: 5s${http2 ? HTTP2_UPSTREAM : ""}
      load_assignment:
        cluster_name: barewire
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${backend} } } }
`;
  const file = join(folder, "envoy.yaml");
  await writeFile(file, config);
  const args = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
  const [program, ...first] = envoy;
  await startProgram(program, [...first, "--config-path", file, ...args], port);
  const address = `localhost:${port}`;
  return { url: `wss://${address}/ws`, origin: `https://${address}`, address, tls: { ca } };
}

/** Envoy writes an address of the machine for a client on it. */
const OWN_ADDRESSES = Object.values(networkInterfaces()).flatMap((all) =>
  all!.map(({ address }) => address),
);

describe("Envoy as the page has it", () => {
  it("tells who is there, and checks of origins hold", async () => {
    const { port } = await serveFacts({ trustProxy: 1 });
    const { url, origin, address, tls } = await startEnvoy(port);
    const facts = await ask(url, origin, tls);
    expect(facts).toMatchObject({ secure: true, host: address });
    expect(OWN_ADDRESSES).toContain(facts.remoteAddress);
    expect(await statusFor(url, "https://evil.test", tls)).toBe(403);
  });

  it("puts the address behind what a client says of it, which trustProxy: 1 does not believe", async () => {
    const { port } = await serveFacts({ trustProxy: 1 });
    const { url, origin, tls } = await startEnvoy(port);
    const headers = { "X-Forwarded-For": "203.0.113.9" };
    const { remoteAddress } = await ask(url, origin, tls, { headers });
    expect(OWN_ADDRESSES).toContain(remoteAddress);
  });

  it("without allow_connect leaves clients that would have HTTP/2 to HTTP/1.1", async () => {
    const { port } = await serveFacts({ trustProxy: 1 });
    const { url, origin, tls } = await startEnvoy(port);
    expect(await ask(url, origin, tls, { http: "auto" })).toMatchObject({ secure: true });
  });
});

describe("Envoy with allow_connect", () => {
  it("takes HTTP/2 to a server that has it, too", async () => {
    const { port } = await serveFacts({ trustProxy: 1 }, { http2: true });
    const { url, origin, tls } = await startEnvoy(port, { connects: true, http2: true });
    expect(await ask(url, origin, tls, { http: 2 })).toMatchObject({ secure: true });
    // It passes the key of a client that speaks HTTP/1.1 on, and the answer to it back.
    const byHttp1 = await ask(url, origin, tls, { http: 1 });
    expect(byHttp1).toMatchObject({ clientHttp: "1.1", http: "2", secure: true });
  });

  it("makes requests without a key of HTTP/2 for a server that is asked over HTTP/1.1", async () => {
    const { port, refused } = await serveFacts({ trustProxy: 1 });
    const { url, origin, tls } = await startEnvoy(port, { connects: true });
    expect(await statusFor(url, origin, tls, { http: 2 })).toBe(400);
    expect(refused.map(({ code }) => code)).toEqual(["BAD_REQUEST"]);
  });
});
