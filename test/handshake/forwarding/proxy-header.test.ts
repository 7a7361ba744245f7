import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/handshake/forwarding/crc32c.ts";
import { parseProxyHeader } from "../../../src/handshake/forwarding/proxy-header.ts";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/** A header of version 2. */
function binary(command: number, family: number, ...rest: Uint8Array[]): Buffer {
  const body = Buffer.concat(rest);
  const length = Buffer.from([body.length >> 8, body.length & 255]);
  return Buffer.concat([SIGNATURE, Buffer.from([command, family]), length, body]);
}

const IPV4 = Buffer.from([192, 0, 2, 1, 127, 0, 0, 1, 0x12, 0x67, 0x20, 0x07]);
const IPV6 = Buffer.from(
  "20010db8000000000000000000000001" + "00000000000000000000000000000001" + "12672007",
  "hex",
);
const ENDS4 = {
  remoteAddress: "192.0.2.1",
  remotePort: 4711,
  localAddress: "127.0.0.1",
  localPort: 8199,
};
const ENDS6 = { ...ENDS4, remoteAddress: "2001:db8::1", localAddress: "::1" };

function addition(type: number, ...value: number[]): Buffer {
  return Buffer.from([type, value.length >> 8, value.length & 255, ...value]);
}

/** As HAProxy writes it with `send-proxy-v2-ssl`: a byte of flags, the verification, the version. */
const overTls = (flags: number) => addition(0x20, flags, 0, 0, 0, 0, ...addition(0x21, 0x31, 0x33));

function withChecksum(family: number, body: Buffer): Buffer {
  const header = binary(0x21, family, body, addition(3, 0, 0, 0, 0));
  header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

const RIGHT: [string, Buffer, object][] = [
  ["TCP4", Buffer.from("PROXY TCP4 192.0.2.1 127.0.0.1 4711 8199\r\n"), { ends: ENDS4 }],
  ["TCP6", Buffer.from("PROXY TCP6 2001:db8::1 ::1 4711 8199\r\n"), { ends: ENDS6 }],
  ["UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n"), { ends: undefined }],
  ["UNKNOWN with anything", Buffer.from("PROXY UNKNOWN a b c d e\r\n"), { ends: undefined }],
  ["version 2, IPv4", binary(0x21, 0x11, IPV4), { ends: ENDS4 }],
  ["version 2, IPv6", binary(0x21, 0x21, IPV6), { ends: ENDS6 }],
  ["version 2, a Unix socket", binary(0x21, 0x31, Buffer.alloc(216)), { ends: undefined }],
  ["version 2, no family", binary(0x21, 0x00), { ends: undefined }],
  ["version 2, LOCAL", binary(0x20, 0x11, IPV4), { ends: undefined }],
  ["version 2 with additions", binary(0x21, 0x11, IPV4, addition(2, 1, 2)), { ends: ENDS4 }],
  ["version 2 over TLS", binary(0x21, 0x11, IPV4, overTls(1)), { ends: ENDS4, secure: true }],
  ["version 2, not over TLS", binary(0x21, 0x11, IPV4, overTls(0)), { ends: ENDS4, secure: false }],
  ["version 2 with its checksum", withChecksum(0x11, IPV4), { ends: ENDS4 }],
];

const WRONG: [string, Buffer | string, number][] = [
  ["a request", "GET / HTTP/1.1\r\n", 1],
  ["TLS", Buffer.from([0x16, 3, 1]), 1],
  ["another word", "PROXX", 5],
  ["lower case", "proxy TCP4", 1],
  ["another family", "PROXY TCP5 192.0.2.1 127.0.0.1 4711 8199\r\n", 42],
  ["no family", "PROXY \r\n", 8],
  ["an address of the other family", "PROXY TCP4 ::1 127.0.0.1 1 2\r\n", 30],
  ["a malformed address", "PROXY TCP4 192.0.2 127.0.0.1 1 2\r\n", 34],
  ["a port with a zero before it", "PROXY TCP4 192.0.2.1 127.0.0.1 01 2\r\n", 37],
  ["a port beyond all", "PROXY TCP4 192.0.2.1 127.0.0.1 65536 2\r\n", 40],
  ["a port too few", "PROXY TCP4 192.0.2.1 127.0.0.1 1\r\n", 34],
  ["a word too many", "PROXY TCP4 192.0.2.1 127.0.0.1 1 2 3\r\n", 38],
  ["two spaces", "PROXY TCP4  192.0.2.1 127.0.0.1 1 2\r\n", 37],
  ["a bare LF", "PROXY TCP4 192.0.2.1 127.0.0.1 1 2\n", 35],
  ["a bare CR", "PROXY UNKNOWN\rx", 15],
  ["a byte that is no text", "PROXY UNKNOWN \x00", 15],
  ["no end", `PROXY UNKNOWN ${"x".repeat(200)}`, 107],
  ["another version", binary(0x11, 0x11, IPV4), 13],
  ["an unknown command", binary(0x22, 0x11, IPV4), 13],
  ["datagrams", binary(0x21, 0x12, IPV4), 16],
  ["an unknown family", binary(0x21, 0x41, IPV4), 16],
  ["too few addresses", binary(0x21, 0x11, IPV4.subarray(1)), 16],
  ["an absurd length", binary(0x21, 0x11, Buffer.alloc(4097)), 16],
  ["an addition cut off", binary(0x21, 0x11, IPV4, addition(2, 1, 2).subarray(0, 4)), 32],
  ["an addition without a length", binary(0x21, 0x11, IPV4, Buffer.from([2])), 29],
  ["a wrong checksum", binary(0x21, 0x11, IPV4, addition(3, 1, 2, 3, 4)), 35],
  ["a checksum of three bytes", binary(0x21, 0x11, IPV4, addition(3, 1, 2, 3)), 34],
];

describe("parseProxyHeader", () => {
  it.each(RIGHT)("reads %s", (_, header, expected) => {
    const found = parseProxyHeader(Buffer.concat([header, Buffer.from("GET / HTTP")]));
    expect(found).toEqual({ secure: undefined, ...expected, length: header.length });
  });

  it.each(RIGHT)("waits for the end of %s", (_, header) => {
    for (let length = 0; length < header.length; length++) {
      expect(parseProxyHeader(header.subarray(0, length))).toBe("incomplete");
    }
  });

  it.each(WRONG)("refuses %s at the byte that proves it", (_, text, proof) => {
    const bytes = Buffer.from(text as string, "latin1");
    for (let length = 0; length < proof; length++) {
      expect(parseProxyHeader(bytes.subarray(0, length))).toBe("incomplete");
    }
    expect(parseProxyHeader(bytes.subarray(0, proof))).toEqual({ fault: expect.any(String) });
    expect(parseProxyHeader(bytes)).toEqual({ fault: expect.any(String) });
  });

  it("finds nothing beyond what it was given in any bytes at all", () => {
    const beginning = fc.constantFrom(SIGNATURE, Buffer.from("PROXY "), Buffer.from("PROXY TCP4 "));
    fc.assert(
      fc.property(beginning, fc.uint8Array({ maxLength: 300 }), (signature, rest) => {
        const bytes = Buffer.concat([signature, rest]);
        const found = parseProxyHeader(bytes);
        if (found !== "incomplete" && "length" in found) {
          expect(found.length).toBeLessThanOrEqual(bytes.length);
        }
      }),
    );
  });
});

describe("crc32c", () => {
  // RFC 3720, appendix B.4.
  it.each([
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    [Buffer.from("123456789"), 0xe3069283],
    [Buffer.alloc(0), 0],
  ])("of %o", (bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});
