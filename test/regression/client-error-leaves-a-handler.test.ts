import { expect, it } from "vitest";
import { connect, HandshakeError } from "../../src/index.ts";
import { upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// The error of a client's refused handshake carries what the other server has answered. It was this
// server's answer then: its redirect, its cookies and its body. Where it had fields that cannot be sent,
// what the attempt threw was an unhandled rejection.
it.each<[string, number, Record<string, string>]>([
  ["a redirect", 302, { Location: "https://evil.example/", "Set-Cookie": "sid=upstream" }],
  ["a refusal", 401, { "WWW-Authenticate": "Basic" }],
  ["an answer that cannot be sent on", 403, { "X-Secret": "upstream" }],
])(
  "answers 500 when a handler lets the error of its own client pass: %s",
  async (_, status, headers) => {
    const upstream = await serve((request) => {
      request.reject(status, { headers, body: "not you" });
    });
    const { connect: open, errors } = await serve(async () => {
      await connect(`${upstream.address.url}/`);
    });
    const peer = await open();
    peer.write(upgradeHead());
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(500);
    expect(response.body).not.toContain("not you");
    for (const name of Object.keys(headers)) expect(response.field(name)).toBeUndefined();
    expect(errors).toEqual([expect.objectContaining({ code: "REFUSED", status })]);
  },
);

it("answers 500 when a handler throws an answer that cannot be sent", async () => {
  const error = new HandshakeError("MINE", "mine", { status: 401, headers: { Connection: "x" } });
  const { connect: open, errors } = await serve(async () => {
    throw error;
  });
  const peer = await open();
  peer.write(upgradeHead());
  expect((await peer.readResponse()).status).toBe(500);
  expect(errors).toEqual([error]);
});
