import { expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { serve } from "../served.ts";

// node:tls only announces a handshake that takes too long, and leaves the socket open: a peer that
// said nothing kept it for ever, and shutdown() waited for it.
it("a peer that begins no TLS handshake is cut off at the deadline", async () => {
  const target = { port: 0, host: "127.0.0.1", tls: selfSignedCertificate() };
  const { connect } = await serve({}, { handshakeTimeout: 50 }, target);
  const peer = await connect();
  expect((await peer.readToEnd()).length).toBe(0);
});
