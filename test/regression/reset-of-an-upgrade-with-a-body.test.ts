import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { upgradeHead } from "../raw-peer.ts";
import {
  closing,
  deferred,
  resetUpgrade,
  serve,
  serveAttached,
  uncaughtErrors,
} from "../served.ts";

// Node 26 gives a stream of its own with the "upgrade" event while a request's body is on its way.
// Nobody listened for the errors of that stream, to which it passes those of the socket: a reset was an
// uncaught exception.

describe.each(["", "he"])("an upgrade whose body is missing behind %j", (part) => {
  const head = (path: string) => upgradeHead(path, { "Content-Length": "5" });

  it.each(["/ws", "/nowhere"])(
    "is reset without harm on an attached server, at %s",
    async (path) => {
      const uncaught = uncaughtErrors();
      const http = createServer();
      const { connect } = await serveAttached(http);
      await resetUpgrade(http, connect, head(path), part);
      expect(uncaught).toEqual([]);
    },
  );

  it("is reset without harm behind a plain request", async () => {
    const uncaught = uncaughtErrors();
    const accepted = deferred<Socket>();
    const { connect } = await serve(
      {},
      {
        listener(request, response) {
          accepted.resolve(request.socket);
          response.end("page");
        },
      },
    );
    const peer = await connect();
    peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
    peer.write(head("/"), part);
    expect((await peer.readResponse()).status).toBe(400);
    const closed = closing(await accepted.promise);
    peer.reset();
    await closed;
    expect(uncaught).toEqual([]);
  });
});
