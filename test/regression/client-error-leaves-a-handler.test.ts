import { expect, it } from "vitest";
import { connect, HandshakeError } from "../../src/index.ts";
import { upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// The error of a client's refused handshake carries the other server's headers, which cannot be
// sent as an answer of this one: what the attempt threw was an unhandled rejection.
it("answers 500 when a handler lets the error of its own client pass", async () => {
  const upstream = await serve((request) => {
    request.reject(403, { headers: { "X-Secret": "upstream" }, body: "not you" });
  });
  const { connect: open, errors } = await serve(async () => {
    await connect(`${upstream.address.url}/`);
  });
  const peer = await open();
  peer.write(upgradeHead());
  const response = await peer.readWholeResponse();
  expect(response.status).toBe(500);
  expect(response.body).not.toContain("not you");
  expect(errors).toEqual([expect.objectContaining({ code: "REFUSED", status: 403 })]);
});

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
