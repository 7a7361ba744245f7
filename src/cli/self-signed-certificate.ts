/**
 * A self-signed certificate for a demo over TLS, made on the fly: X.509 v3 (RFC 5280) with a
 * P-256 key (RFC 5480), written in DER (ITU-T X.690) by the few lines below, since node:crypto
 * reads certificates and writes none.
 */

import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";

/** A certificate and its private key, each as a PEM text, as node:tls takes them. */
export interface CertificateAndKey {
  /** The certificate, PEM. */
  readonly cert: string;
  /** The private key, PKCS #8 in PEM, not encrypted. */
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long the certificate is valid, in days. */
const VALID_DAYS = 30;

/**
 * Makes a new key and a certificate for it that is its own authority: a client trusts it when it
 * is given as `ca`. It is valid for 30 days, from an hour before `now` on, since clocks differ.
 *
 * @param hosts names and IP addresses that it is valid for, besides `localhost`, `127.0.0.1` and
 *   `::1`
 * @param now milliseconds since 1970, for tests
 */
export function selfSignedCertificate(
  hosts: readonly string[] = [],
  now: number = Date.now(),
): CertificateAndKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
  const notBefore = now - 60 * 60 * 1000;
  const toBeSigned = sequence(
    // RFC 5280 §4.1.2.1: 2 stands for version 3, which is needed for extensions.
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(time(notBefore), time(notBefore + VALID_DAYS * DAY_MS)),
    NAME,
    publicKeyInfo,
    explicit(3, extensions(publicKeyInfo, ["localhost", "127.0.0.1", "::1", ...hosts])),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** RFC 5280 §4.1.2.2: positive and unique, at most 20 octets. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

function extensions(publicKeyInfo: Buffer, hosts: readonly string[]): Buffer {
  // RFC 5280 §4.2.1.2 suggests SHA-1 of the key; any value that is unique will do.
  const keyId = createHash("sha256").update(publicKeyInfo).digest().subarray(0, 20);
  const names = [...new Set(hosts)].map(generalName);
  return sequence(
    // §4.2.1.9: a client that is given this as its only authority wants it to be one.
    extension("2.5.29.19", true, sequence(TRUE)),
    // §4.2.1.3: digitalSignature (bit 0) for the server, keyCertSign (bit 5) for the authority.
    extension("2.5.29.15", true, tagged(0x03, Buffer.from([2, 0b1000_0100]))),
    // §4.2.1.12: id-kp-serverAuth and id-kp-clientAuth, so that it is good for trying either side.
    extension(
      "2.5.29.37",
      false,
      sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"), objectIdentifier("1.3.6.1.5.5.7.3.2")),
    ),
    extension("2.5.29.17", false, sequence(...names)),
    extension("2.5.29.14", false, tagged(0x04, keyId)),
  );
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  // X.690 §11.5: a value that is the default, as FALSE is here, is left out.
  const critical = isCritical ? [TRUE] : [];
  return sequence(objectIdentifier(id), ...critical, tagged(0x04, value));
}

/** §4.2.1.6: a DNS name is context tag 2, an IP address tag 7 with its bytes. */
function generalName(host: string): Buffer {
  if (isIPv4(host)) return tagged(0x87, Buffer.from(host.split(".").map(Number)));
  if (isIPv6(host)) return tagged(0x87, ipv6Bytes(host));
  return tagged(0x82, Buffer.from(host, "ascii"));
}

function ipv6Bytes(address: string): Buffer {
  // The URL parser knows every spelling, an IPv4 tail included, and leaves hex groups and one ::
  const [left = "", right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const head = groups(left);
  const tail = groups(right ?? "");
  const bytes = Buffer.alloc(16);
  head.forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2);
  });
  tail.forEach((group, index) => {
    bytes.writeUInt16BE(group, 16 - (tail.length - index) * 2);
  });
  return bytes;
}

/** RFC 5280 §4.1.2.5: UTCTime (tag 0x17) through the year 2049, GeneralizedTime (0x18) after. */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().replace(/[-T:]|\.\d+/g, "")}`;
  return digits < "2050"
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    // X.690 §8.19.2: base 128, most significant first, the high bit set on all but the last.
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  // X.690 §8.6.2: the first byte counts the unused bits of the last.
  return tagged(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function explicit(tag: number, content: Buffer): Buffer {
  return tagged(0xa0 | tag, content);
}

/** A value with its tag and its length in the fewest bytes (X.690 §10.1). */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = [tag];
  if (length < 0x80) head.push(length);
  else if (length < 0x100) head.push(0x81, length);
  else head.push(0x82, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.from(head), content]);
}

const TRUE = tagged(0x01, Buffer.from([0xff]));

/** RFC 5758 §3.2: this algorithm has no parameters, not even NULL. */
const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));

/** The name of subject and issuer: common name "barewire demo", a UTF8String. */
const NAME = sequence(
  tagged(0x31, sequence(objectIdentifier("2.5.4.3"), tagged(0x0c, Buffer.from("barewire demo")))),
);
