/** A small WebSocket client with switchable faults, that runs Autobahn's cases as it is told. */
import { connect, type Socket } from "node:net";
import { checkAnswer, openingRequest } from "../../../src/conformance/opening/handshake.ts";
import { fieldValues, type Head, HeadReader } from "../../../src/conformance/wire/head.ts";
import { EchoPeer } from "./echo-peer.ts";
import type { Faults } from "./faults.ts";
import { fieldsAreSound } from "./head-check.ts";

/** What the client offers: both parameters, so that every wish of the server can be met. */
const OFFER = [{ noTakeover: false, bits: 0 }];

/**
 * Connects to `path`, echoes what comes, and resolves with the messages when the connection has
 * ended.
 */
export function echoClient(port: number, path: string, faults: Faults = {}): Promise<Buffer[]> {
  return new Promise((resolve) => {
    const messages: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("close", () => resolve(messages));
    run(socket, `127.0.0.1:${port}`, path, faults, (payload) => {
      messages.push(payload);
      // Control connections are listened to, not echoed to.
      return path.startsWith("/runCase");
    });
  });
}

function run(
  socket: Socket,
  host: string,
  path: string,
  faults: Faults,
  onMessage: (payload: Buffer) => boolean,
): void {
  const deflate = faults.noDeflate ? undefined : OFFER;
  const { head, key } = openingRequest({ host, path, headers: [], origin: undefined, deflate });
  let reader = new HeadReader();
  let peer: EchoPeer | undefined;
  socket.write(faults.answersWith ?? head);
  socket.on("data", (chunk) => {
    if (peer !== undefined) {
      peer.receive(chunk);
      return;
    }
    let answer = reader.feed(chunk);
    if (answer !== undefined && /^HTTP\/1\.1 1(?!01)\d\d /.test(answer.start)) {
      // RFC 9110 §15.2: an interim answer; the final one is still to come.
      const { rest } = reader;
      reader = new HeadReader();
      answer = reader.feed(rest);
    }
    if (answer === undefined || faults.mute) return;
    answer = unfolded(answer);
    const opened = checkAnswer(answer, key, deflate);
    const upgrade = fieldValues(answer, "Upgrade").join().toLowerCase() === "websocket";
    const sound = upgrade && fieldsAreSound(answer) && answer.start.startsWith("HTTP/1.1 ");
    const right = !("refused" in opened) && sound && answer.raw.length < 64 * 1024;
    if ((!right && !faults.opensAlways) || faults.closesAtOnce || faults.opensNever) {
      socket.destroy();
      return;
    }
    const negotiated = "deflate" in opened ? opened.deflate : undefined;
    peer = new EchoPeer(socket, { isServer: false, faults, deflate: negotiated, onMessage });
    if (reader.rest.length > 0) peer.receive(reader.rest);
  });
}

/** A field on more than one line is put together (RFC 9112 §5.2). */
function unfolded(head: Head): Head {
  if (!/\r\n[ \t]/.test(head.raw)) return head;
  const raw = head.raw.replace(/\r\n[ \t]+/g, " ");
  return new HeadReader().feed(Buffer.from(raw, "latin1"))!;
}
