import { expect, test } from "vitest";
import { serve } from "../served.ts";

// The 500 for a listener that throws had the header fields which that had set for another answer: a length
// of a body that did not come, or leave to keep it.
test("a listener that fails is answered for without the fields it has set", async () => {
  const { connect, errors } = await serve(undefined, {
    listener: (_, response) => {
      response.setHeader("Content-Length", 100);
      response.setHeader("Cache-Control", "max-age=3600");
      throw new Error("no body");
    },
  });
  const peer = await connect();
  peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const response = await peer.readWholeResponse();
  expect(response.status).toBe(500);
  expect(response.field("Cache-Control")).toBe(undefined);
  expect(errors).toEqual([new Error("no body")]);
});
