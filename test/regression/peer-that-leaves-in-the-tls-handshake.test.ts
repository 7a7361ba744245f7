import { expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { serve } from "../served.ts";

// Sockets of a TLS port were half-open from the start: one whose peer had left in the TLS handshake, as
// a load balancer does to see whether anybody listens, stayed until the handshake's deadline.

const target = { port: 0, host: "127.0.0.1", tls: selfSignedCertificate() };

it.each(["", "16030100"])(
  "a peer that ends TCP in the TLS handshake, behind %j, is let go",
  { timeout: 5000 },
  async (bytes) => {
    const { connect } = await serve({}, {}, target);
    const peer = await connect();
    peer.socket.end(Buffer.from(bytes, "hex"));
    expect((await peer.readToEnd()).length).toBe(0);
  },
);
