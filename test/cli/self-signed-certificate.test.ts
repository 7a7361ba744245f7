import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, isIP } from "node:net";
import { checkServerIdentity, connect, createServer, type TLSSocket } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";

const DAY_MS = 86_400_000;

describe("selfSignedCertificate", () => {
  it("signs itself, with the key that comes with it", () => {
    const { cert, key } = selfSignedCertificate();
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });

  it("is for localhost under its three names, and for those added", () => {
    const certificate = new X509Certificate(
      selfSignedCertificate(["example.test", "10.1.2.3", "fe80::1:2", "localhost"]).cert,
    );
    expect(certificate.subjectAltName).toBe(
      "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:example.test, " +
        "IP Address:10.1.2.3, IP Address:FE80:0:0:0:0:0:1:2",
    );
    expect(certificate.checkHost("example.test")).toBe("example.test");
    expect(certificate.checkHost("other.test")).toBeUndefined();
  });

  it("takes any IPv6 address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const certificate = new X509Certificate(selfSignedCertificate([address]).cert);
        expect(certificate.checkIP(new URL(`http://[${address}]`).hostname.slice(1, -1))).toBe(
          new URL(`http://[${address}]`).hostname.slice(1, -1),
        );
      }),
      { numRuns: 50 },
    );
  });

  it.each(["2026-03-01T12:00:00Z", "2049-12-20T00:00:00Z", "2051-01-01T00:00:00Z"])(
    "is valid for 30 days from an hour before %s",
    (now) => {
      const start = Date.parse(now) - 3_600_000;
      const certificate = new X509Certificate(selfSignedCertificate([], Date.parse(now)).cert);
      expect(Date.parse(certificate.validFrom)).toBe(start);
      expect(Date.parse(certificate.validTo)).toBe(start + 30 * DAY_MS);
    },
  );

  it("has a serial number of its own each time, positive and of 16 bytes", () => {
    const serials = Array.from(
      { length: 20 },
      () => new X509Certificate(selfSignedCertificate().cert).serialNumber,
    );
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it.each(["localhost", "127.0.0.1", "::1"])(
    "convinces a client that trusts it: %s",
    async (host) => {
      const { cert, key } = selfSignedCertificate();
      const server = createServer({ cert, key }, (socket) => socket.end("hello"));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      // Always over 127.0.0.1, since not every machine has ::1; the name is what is checked.
      const client: TLSSocket = connect({
        port,
        host: "127.0.0.1",
        ca: cert,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        checkServerIdentity: (_name, peer) => checkServerIdentity(host, peer),
      });
      await once(client, "secureConnect");
      expect(client.authorized).toBe(true);
      client.destroy();
      server.close();
      await once(server, "close");
    },
  );

  it("does not convince one that does not", async () => {
    const server = createServer(selfSignedCertificate());
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" });
    const [error] = (await once(client, "error")) as [Error & { code: string }];
    expect(error.code).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    server.close();
    await once(server, "close");
  });
});
