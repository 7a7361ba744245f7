import { expect, it, onTestFinished } from "vitest";
import { createPlainHttpServer } from "../../../src/server/plain/plain-http.ts";

// What these do shows after half a minute and more, so it is looked at from inside.
it("the server behind a WebSocket server has the patience of one that listens", () => {
  const server = createPlainHttpServer({
    headLimits: { maxBytes: 16_384, maxFields: 100 },
    isOurHost: () => true,
    root: undefined,
    listener: undefined,
    isRoute: () => false,
    isUpgrade: () => false,
    onError: () => {},
  });
  onTestFinished(() => void server.close());
  expect(server.timeout).toBe(60_000);
  // Node's watch over requests that are slow to arrive, on 20 to 26.
  const watch = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === "http.server.connectionsCheckingInterval",
  );
  expect(watch).toBeDefined();
  expect((server as unknown as Record<symbol, unknown>)[watch!]).toBeTypeOf("object");
});
