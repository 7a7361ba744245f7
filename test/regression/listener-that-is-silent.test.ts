import { expect, test } from "vitest";
import { serve } from "../served.ts";

// The connection of a plain request was closed after a minute without traffic, though the listener was
// still to answer it, or had events to send by and by.
test("a listener may be silent as long as it likes", async () => {
  const { connect } = await serve(undefined, {
    listener: (request, response) => response.end(`${request.socket.timeout ?? 0}`),
  });
  const peer = await connect();
  peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect((await peer.readWholeResponse()).body).toBe("0");
});
