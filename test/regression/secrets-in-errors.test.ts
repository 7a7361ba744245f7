import { expect, it } from "vitest";
import { type ListenTarget, type RefusedHandshake, Server } from "../../src/index.ts";
import { upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// The text of an error quoted what it complained of: a key that was given where the options of TLS belong, a
// header field with the newline of the file that it was read from, the subprotocols of a client that sends its
// token there. Texts of errors end in logs.

const SECRET = "c2VjcmV0";

it("names a header that cannot be sent, and not its value", async () => {
  const { connect, errors } = await serve((request) => {
    request.upgrade({ headers: { Authorization: `Bearer ${SECRET}\n` } });
  });
  const peer = await connect();
  peer.write(upgradeHead());
  expect((await peer.readResponse()).status).toBe(500);
  expect(String(errors[0])).toMatch(/header Authorization has a line break in it/);
  expect(String(errors[0])).not.toContain(SECRET);
});

it("does not show a key that was given in place of the options of TLS", async () => {
  const target = { port: 0, tls: `-----BEGIN PRIVATE KEY-----\n${SECRET}` };
  const listening = new Server().listen(target as unknown as ListenTarget);
  await expect(listening).rejects.toThrow(/^tls is an object .*; got a string$/);
});

it("does not show the subprotocols that a client offers, nor the query of a request", async () => {
  const refused: RefusedHandshake[] = [];
  const onRefused = (what: RefusedHandshake) => void refused.push(what);
  const { connect, errors } = await serve((request) => request.upgrade({ protocol: "chat" }), {
    onRefused,
  });
  for (const [target, headers] of [
    ["/", { "Sec-WebSocket-Protocol": `bearer, ${SECRET}` }],
    ["/", { "Sec-WebSocket-Protocol": `bearer ${SECRET}` }],
    [`/?token=${SECRET}#x`, {}],
    [`/?token=${SECRET} x`, {}],
    [`http://other.test/?token=${SECRET}`, {}],
  ] as const) {
    const peer = await connect();
    peer.write(upgradeHead(target, headers));
    const response = await peer.readWholeResponse();
    expect([400, 500]).toContain(response.status);
    expect(response.body).not.toContain(SECRET);
  }
  expect(refused).toHaveLength(5);
  expect(errors).toHaveLength(1);
  for (const { message, faults } of refused) {
    expect(JSON.stringify([message, faults])).not.toContain(SECRET);
  }
  expect(String(errors[0])).not.toContain(SECRET);
});
