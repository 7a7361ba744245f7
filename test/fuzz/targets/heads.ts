import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { HandshakeError } from "../../../src/errors.ts";
import {
  checkUpgradeResponse,
  parseResponseHead,
  type ResponseHead,
} from "../../../src/handshake/client.ts";
import { badRequestStatus } from "../../../src/handshake/fault.ts";
import { HeadReader } from "../../../src/handshake/head-reader.ts";
import {
  checkUpgradeRequest,
  isUpgradeAttempt,
  offeredProtocols,
  parseRequestHead,
  type RequestHead,
} from "../../../src/handshake/request.ts";
import { requestText, responseText } from "../head-texts.ts";
import { Random } from "../random.ts";
import {
  type ReferenceHead,
  referenceEnd,
  referenceHead,
  referenceOpens,
  referenceRequestLine,
  referenceUpgradeStatus,
} from "../reference-heads.ts";
import type { FuzzTarget } from "../target.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const OFFERED = ["chat", "x"];

/** Heads of requests: where they end, what is in them, what they are answered with. */
export const requestHeads: FuzzTarget = {
  name: "request-heads",
  title: "request heads against the grammar, in any chunks",
  inputs: 5000,
  outcomes: ["101", "400", "426", "faulty", "too large", "too many fields", "unfinished"],
  run(seed) {
    const random = new Random(seed);
    const text = requestText(random);
    const found = read(random, text);
    if (typeof found === "string") return found;
    const maxFields = random.pick([3, 9, 100, 100, 100]);
    const parsed = parse(() => parseRequestHead(found, maxFields));
    const reference = referenceHead(found.toString("latin1"));
    if (parsed === undefined) return "too many fields";
    if (reference !== undefined) strictEqual(reference.fields.length <= maxFields, true);
    return checkRequest(parsed, reference);
  },
};

/** Heads of responses, as a client judges them. */
export const responseHeads: FuzzTarget = {
  name: "response-heads",
  title: "response heads against the grammar, in any chunks",
  inputs: 5000,
  outcomes: ["opens", "refuses", "faulty", "too large", "too many fields", "unfinished"],
  run(seed) {
    const random = new Random(seed);
    const text = responseText(random);
    const found = read(random, text);
    if (typeof found === "string") return found;
    const maxFields = random.pick([3, 9, 100, 100, 100]);
    const parsed = parse(() => parseResponseHead(found, maxFields));
    const reference = referenceHead(found.toString("latin1"));
    if (parsed === undefined) return "too many fields";
    return checkResponse(parsed, reference);
  },
};

/** The head in `text`, read in any chunks; or why there is none. */
function read(random: Random, text: string): Buffer | "too large" | "unfinished" {
  const bytes = Buffer.from(text, "latin1");
  const maxBytes = random.pick([16, 200, 2000, 16_384, 16_384, 16_384]);
  const end = referenceEnd(text);
  const expected =
    end < 0 || end > maxBytes ? (bytes.length >= maxBytes ? "too large" : "unfinished") : end;
  const reader = new HeadReader({ maxBytes, maxFields: 100 });
  let at = 0;
  try {
    while (at < bytes.length) {
      const size = random.once(2) ? bytes.length - at : 1 + random.below(random.pick([3, 90]));
      const used = reader.push(Buffer.from(bytes.subarray(at, at + size)));
      if (used >= 0) {
        strictEqual(at + used, expected);
        const head = reader.bytes;
        deepStrictEqual(head, bytes.subarray(0, at + used));
        return head;
      }
      at += Math.min(size, bytes.length - at);
    }
  } catch (error) {
    if (!(error instanceof HandshakeError) || error.status !== 431) throw error;
    strictEqual("too large", expected);
    return "too large";
  }
  strictEqual("unfinished", expected);
  return "unfinished";
}

/** What a parser returns, undefined for too many fields. */
function parse<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof HandshakeError && error.status === 431) return undefined;
    throw error;
  }
}

function checkRequest(head: RequestHead, reference: ReferenceHead | undefined): string {
  const faults = checkUpgradeRequest(head);
  // Whatever is asked of a faulty head, nothing of it may throw.
  isUpgradeAttempt(head);
  offeredProtocols(head.fields);
  if (reference === undefined) {
    if (head.faults.length === 0) throw new Error("a fault of syntax was not found");
    strictEqual(badRequestStatus(faults), 400);
    return "faulty";
  }
  deepStrictEqual(
    [...head.fields],
    reference.fields.map((field) => [...field]),
  );
  const line = referenceRequestLine(reference.startLine);
  strictEqual(head.faults.length, line === undefined ? 1 : 0);
  deepStrictEqual([head.method, head.target, head.version], line ?? ["", "", ""]);
  const status = faults.length === 0 ? 101 : badRequestStatus(faults);
  strictEqual(status, referenceUpgradeStatus(reference));
  return `${status}`;
}

function checkResponse(head: ResponseHead, reference: ReferenceHead | undefined): string {
  const faults = checkUpgradeResponse(head, { key: KEY, protocols: OFFERED });
  if (reference === undefined) {
    if (head.faults.length === 0 || faults.length === 0) throw new Error("a fault was not found");
    return "faulty";
  }
  deepStrictEqual(
    [...head.fields],
    reference.fields.map((field) => [...field]),
  );
  const match = /^HTTP\/([0-9]\.[0-9]) ([1-9][0-9]{2})(?: (.*))?$/s.exec(reference.startLine);
  deepStrictEqual(
    [head.version, head.status, head.statusText],
    match === null ? ["", 0, ""] : [match[1], Number(match[2]), match[3] ?? ""],
  );
  strictEqual(faults.length === 0, referenceOpens(reference, KEY, OFFERED));
  return faults.length === 0 ? "opens" : "refuses";
}
