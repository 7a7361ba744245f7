import { once } from "node:events";
import { createServer } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { Server } from "../../src/index.ts";
import { OP, rawFrame, upgradeHead } from "../raw-peer.ts";
import { until } from "../served.ts";
import { streamPair } from "../stream-pair.ts";

it("TLS over streams of somebody's own: messages of one connection stay out of another's", async () => {
  const https = createServer(selfSignedCertificate(["localhost"]));
  const received = { a: [] as string[], b: [] as string[] };
  let poke: (() => void) | undefined;
  const server = new Server();
  server.attach(https);
  server.handle("/:who", {
    message(ws, data) {
      const who = ws.request?.path === "/a" ? "a" : "b";
      received[who].push(data.toString());
      if (who !== "a") return;
      poke?.();
      poke = undefined;
    },
  });
  const open = async (who: string): Promise<TLSSocket> => {
    const [near, far] = streamPair();
    https.emit("connection", far);
    const socket = connectTls({ socket: near, rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    socket.write(upgradeHead(`/${who}`));
    await once(socket, "data");
    return socket;
  };
  const a = await open("a");
  const b = await open("b");
  const expected = (who: string) => Array.from({ length: 50 }, (_, i) => `${who} ${i}`);
  const frames = (who: string) =>
    Buffer.concat(expected(who).map((text) => rawFrame(OP.binary, text)));
  // What TLS still has to say by itself is said before.
  await sleep(100);
  poke = () => b.write(frames("b"));
  a.write(frames("a"));
  await until(() => received.a.length === 50 && received.b.length === 50);
  expect(received).toEqual({ a: expected("a"), b: expected("b") });
  await server.shutdown({ timeout: 100 });
});
