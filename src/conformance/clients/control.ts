/** A control connection of a client under test: one answer in JSON, then a clean close. */
import type { Socket } from "node:net";
import { TcpCarrier } from "../carrier/tcp.ts";
import { Peer } from "../drive/peer.ts";
import { answerRequest } from "../opening/client-answer.ts";
import { closePayload, OPCODE } from "../wire/frame.ts";
import type { Head } from "../wire/head.ts";
import { Recorder } from "../wire/recorder.ts";

/**
 * Answers the request, sends what `answer` resolves with (if anything), and closes with 1000. Rejects
 * if `answer` does, with nothing sent.
 */
export async function control(
  socket: Socket,
  head: Head,
  rest: Buffer,
  answer: () => Promise<unknown>,
): Promise<void> {
  const recorder = new Recorder();
  recorder.enable(false);
  const { head: reply, opened } = answerRequest(head, undefined);
  let peer: Peer | undefined;
  const carrier = new TcpCarrier(socket, recorder, {
    data: (chunk) => peer?.receive(chunk),
    gone: (reset) => peer?.gone(reset),
  });
  carrier.send(Buffer.from(reply));
  if ("refused" in opened) {
    carrier.finish();
    return;
  }
  const open = new Peer(
    carrier,
    recorder,
    { isServer: true, deflate: undefined },
    { message: () => {}, pong: () => {} },
  );
  peer = open;
  if (rest.length > 0) open.receive(rest);
  const value = await answer();
  if (value !== undefined) {
    open.frame({ opcode: OPCODE.text, payload: Buffer.from(JSON.stringify(value)) });
  }
  open.close(closePayload(1000));
}
