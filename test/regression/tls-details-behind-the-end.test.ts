import { expect, test } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { connect } from "../../src/index.ts";
import { deferred, serve } from "../served.ts";

// Asked for what TLS had agreed upon, a connection that had ended threw a TypeError, in `close` of a handler
// object too.
test("the TLS details of a connection that has ended are undefined", async () => {
  const tls = selfSignedCertificate(["localhost"]);
  const inClose = deferred<unknown>();
  const handler = { close: (ws: { tls: unknown }) => inClose.resolve(ws.tls) };
  const { address, errors } = await serve(handler, {}, { port: 0, host: "127.0.0.1", tls });
  const ws = await connect(address.url, { tls: { rejectUnauthorized: false } });
  expect(ws.tls?.version).toBe("TLSv1.3");
  await ws.close();
  expect(ws.tls).toBe(undefined);
  expect(await inClose.promise).toBe(undefined);
  expect(errors).toEqual([]);
});
