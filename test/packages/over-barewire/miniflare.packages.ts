import { Miniflare } from "miniflare";
import { describe, expect, it, onTestFinished } from "vitest";

const WORKER = `
export default {
  fetch(request) {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("a page");
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", ({ data }) => {
      if (data === "close") server.close(4000, "bye");
      else server.send(data);
    });
    return new Response(null, { status: 101, webSocket: client });
  },
};
`;

describe("miniflare", () => {
  it("couples a worker's WebSocket to one of its own", async () => {
    const miniflare = new Miniflare({ modules: true, script: WORKER });
    onTestFinished(() => miniflare.dispose());
    const { webSocket } = await miniflare.dispatchFetch("http://localhost/", {
      headers: { Upgrade: "websocket" },
    });
    const ws = webSocket!;
    const next = (event: "message" | "close") =>
      new Promise<unknown>((resolve) => ws.addEventListener(event, resolve as never));
    ws.accept();
    const answer = next("message");
    ws.send("hello");
    expect(await answer).toMatchObject({ data: "hello" });
    const closed = next("close");
    ws.send("close");
    expect(await closed).toMatchObject({ code: 4000, reason: "bye" });
  });
});
