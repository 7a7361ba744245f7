/** What `connect()` makes of a server's answer to its offer (RFC 7692 §7.1, RFC 6455 §4.1). */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { HandshakeError } from "../../src/errors.ts";
import { accepting, answering, field, Opened } from "../client/raw-server.ts";

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

const EXTENSIONS = "Sec-WebSocket-Extensions";
const NAME = "permessage-deflate";

/** Connects with windows of 12 bits to a server that answers with these lines. */
async function answered(...lines: string[]) {
  const make = (head: string) => {
    expect(field(head, EXTENSIONS)).toContain("client_max_window_bits=12");
    return accepting(head, ...lines.map((line) => `${EXTENSIONS}: ${line}`));
  };
  const port = await opened.tcp(answering(make));
  return connect(`ws://127.0.0.1:${port}`, { compression: { receiveContextTakeover: false } });
}

const TAKEOVER = `${NAME}; server_no_context_takeover`;

describe("a client that compresses", () => {
  it.each([
    ["nothing", [], ""],
    ["one offer", [TAKEOVER], TAKEOVER],
    ["a quoted value", [`${TAKEOVER}; server_max_window_bits="9"`], undefined],
    ["empty items", [`, ,${TAKEOVER} ,`], undefined],
    ["a line that is empty but for commas", [",", TAKEOVER], undefined],
  ])("goes on when the server has accepted %s", async (_, lines, extensions) => {
    const ws = await answered(...lines);
    if (extensions !== undefined) expect(ws.extensions).toBe(extensions);
    ws.terminate();
  });

  it.each([
    ["another extension", ["x-deflate"], "not offered"],
    ["two extensions in two lines", [TAKEOVER, "x"], "not offered"],
    ["the offer twice, in two lines", [TAKEOVER, TAKEOVER], "more than once"],
    ["less than was asked for", [NAME], "lacks server_no_context_takeover"],
    ["an unknown parameter", [`${TAKEOVER}; foo`], "foo"],
    ["a parameter twice", [`${TAKEOVER}; server_no_context_takeover`], "twice"],
    ["a window out of range", [`${TAKEOVER}; server_max_window_bits=16`], '="16"'],
    ["a window without a value", [`${TAKEOVER}; client_max_window_bits`], "without a value"],
    ["what breaks the grammar", [`${TAKEOVER}; =1`], "grammar"],
  ])("fails the connection when it has accepted %s", async (_, lines, message) => {
    const error = await answered(...lines).catch((reason: unknown) => reason);
    if (!(error instanceof HandshakeError)) throw error;
    expect(error.code).toBe("BAD_RESPONSE");
    expect(error.message).toContain(message);
    await opened.drained();
  });
});
