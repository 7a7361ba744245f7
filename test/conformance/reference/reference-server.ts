/** A small WebSocket echo server with switchable faults. */
import { createServer, type Socket } from "node:net";
import { answerRequest, refusal } from "../../../src/conformance/opening/client-answer.ts";
import {
  acceptFor,
  extensionsOf,
  fieldValues,
  formatHead,
  type Head,
  HeadReader,
} from "../../../src/conformance/wire/head.ts";
import { EchoPeer } from "./echo-peer.ts";
import type { Faults } from "./faults.ts";
import { offerIsSound, requestStatus, wishesFor } from "./head-check.ts";

export interface ReferenceServer {
  readonly url: string;
  readonly port: number;
  /** What it gets wrong from the next connection on. */
  faults: Faults;
  close(): Promise<void>;
}

/** Starts it on `port` of the loopback interface; any port when left out. */
export async function startReferenceServer(
  initial: Faults = {},
  port = 0,
): Promise<ReferenceServer> {
  const sockets = new Set<Socket>();
  let faults = initial;
  let served = 0;
  const hoard: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    served++;
    if (faults.hoards !== undefined) hoard.push(Buffer.alloc(faults.hoards, 1));
    faults = { ...faults, hoards: undefined };
    if (served <= (faults.servesOnly ?? Number.POSITIVE_INFINITY)) serve(socket, faults);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${bound}/`,
    port: bound,
    get faults() {
      return faults;
    },
    set faults(next: Faults) {
      faults = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Longest head that is read, in bytes. */
const LONGEST_HEAD = 64 * 1024;

function serve(socket: Socket, faults: Faults): void {
  if (faults.mute) return;
  const reader = new HeadReader();
  let peer: EchoPeer | undefined;
  let refused = false;
  const refuse = (status: number) => {
    refused = true;
    socket.write(refusal(status, "refused").head);
    // What is still under way is read and dropped, so that the answer is not lost with it.
    setTimeout(() => socket.destroySoon(), 50).unref();
  };
  socket.on("data", (chunk) => {
    if (refused) return;
    if (peer !== undefined) {
      peer.receive(chunk);
      return;
    }
    const empty = reader.partial === "" && chunk.toString("latin1", 0, 2) === "\r\n";
    const head = reader.feed(empty ? chunk.subarray(2) : chunk);
    const size = head?.raw.length ?? reader.partial.length;
    if (size > LONGEST_HEAD && !faults.opensAlways) refuse(431);
    else if (head !== undefined) peer = answer(socket, head, faults, refuse);
    if (peer !== undefined && reader.rest.length > 0) peer.receive(reader.rest);
  });
}

function answer(
  socket: Socket,
  head: Head,
  faults: Faults,
  refuse: (status: number) => void,
): EchoPeer | undefined {
  if (faults.answersWith !== undefined) {
    socket.end(faults.answersWith);
    return undefined;
  }
  const status = faults.opensNever ? 403 : requestStatus(head);
  if (status !== undefined && !faults.opensAlways) {
    refuse(status);
    return undefined;
  }
  const sound = soundOffers(head);
  const wishes = faults.noDeflate ? undefined : wishesFor(extensionsOf(sound));
  const { head: text, opened } = answerRequest(sound, wishes);
  if ("refused" in opened && !faults.opensAlways) {
    socket.end(text);
    return undefined;
  }
  const key = fieldValues(head, "Sec-WebSocket-Key")[0] ?? "";
  const any = formatHead("HTTP/1.1 101 Switching Protocols", [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptFor(key)],
  ]);
  const extension = `Sec-WebSocket-Extensions: ${faults.answersExtension}\r\n\r\n`;
  if (faults.answersExtension !== undefined) socket.write(any.replace(/\r\n$/, extension));
  else socket.write("refused" in opened ? any : text);
  if (faults.closesAtOnce) socket.destroySoon();
  if (faults.floodsWith !== undefined) flood(socket, faults.floodsWith);
  const deflate = "deflate" in opened ? opened.deflate : undefined;
  return new EchoPeer(socket, { isServer: true, faults, deflate });
}

/** The request without the offers that are not allowed. */
function soundOffers(head: Head): Head {
  const sound = extensionsOf(head)
    .filter((offer) => offerIsSound(offer))
    .map(({ name, parameters }) =>
      [
        name,
        ...parameters.map(([key, value]) => (value === undefined ? key : `${key}=${value}`)),
      ].join("; "),
    );
  const others = head.fields.filter(([name]) => name.toLowerCase() !== "sec-websocket-extensions");
  return { ...head, fields: [...others, ["Sec-WebSocket-Extensions", sound.join(", ")]] };
}

function flood(socket: Socket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes)) {
      // Until the socket's buffer is full; the next drain goes on.
    }
  };
  socket.on("drain", more);
  more();
}
