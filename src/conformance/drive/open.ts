/** Opens WebSockets to a server under test: over TCP, TLS, or a stream of HTTP/2. */
import { StreamCarrier } from "../carrier/h2-stream.ts";
import { Line } from "../carrier/line.ts";
import type { Field } from "../http2/hpack.ts";
import {
  checkConnectAnswer,
  connectRequest,
  deflateFields,
  openSession,
  shownFields,
  statusOf as streamStatusOf,
} from "../http2/opening.ts";
import type { Opening } from "../observation.ts";
import type { DeflateOffer } from "../opening/deflate-offer.ts";
import { checkAnswer, offeredProtocols, openingRequest } from "../opening/handshake.ts";
import { open, type Testee } from "../testee.ts";
import type { Deflate } from "../wire/deflate.ts";
import { type Head, HeadReader, statusOf } from "../wire/head.ts";
import type { Attempt } from "./sighting.ts";
import { Wait } from "./wait.ts";

/** Longest wait for the testee's part of the opening handshake, in milliseconds. */
export const OPEN_WAIT = 5000;

/** A line and what the opening handshake on it has come to. */
export interface OpenedLine {
  readonly line: Line;
  readonly opening: Opening;
  readonly deflate?: Deflate | undefined;
}

/** Opens with a right request. Rejects when the testee cannot be reached. */
export function openWebSocket(
  testee: Testee,
  offer: DeflateOffer | undefined,
  attempt: Attempt,
): Promise<OpenedLine> {
  return testee.http2 ? overHttp2(testee, offer, attempt) : overTcp(testee, offer, attempt);
}

async function overTcp(
  testee: Testee,
  offer: DeflateOffer | undefined,
  attempt: Attempt,
): Promise<OpenedLine> {
  const line = Line.over(await open(testee, OPEN_WAIT), attempt.recorder);
  const { head: request, key } = openingRequest({ ...testee, deflate: offer });
  attempt.request = request;
  line.carrier.send(Buffer.from(request, "latin1"));
  const answer = await answerOn(line);
  if (!("head" in answer)) return { line, opening: answer };
  const { head } = answer;
  attempt.response = head.raw;
  const opened = checkAnswer(head, key, offer, offeredProtocols(testee.headers));
  return { line, ...judged(head, statusOf(head) === 101, opened, attempt) };
}

/** What an answer has come to, and what it agrees to. */
function judged(
  head: Head,
  opens: boolean,
  opened: ReturnType<typeof checkAnswer>,
  attempt: Attempt,
): Omit<OpenedLine, "line"> {
  if (!("refused" in opened)) {
    attempt.open();
    return { opening: { is: "open", head }, deflate: opened.deflate };
  }
  const status = statusOf(head) || streamStatusOf(head);
  if (opens) return { opening: { is: "wrong", why: opened.refused, head } };
  return { opening: { is: "refused", status, head } };
}

/** The head of the answer; what came behind it stays on the line. */
function answerOn(line: Line): Promise<{ readonly head: Head } | Opening> {
  return new Promise((resolve) => {
    const reader = new HeadReader();
    const end = (answer: { readonly head: Head } | Opening) => {
      wait.end();
      line.hold(reader.rest);
      resolve(answer);
    };
    const wait = new Wait(OPEN_WAIT, () => end({ is: "silent", wait: OPEN_WAIT }));
    line.listen({
      data: (chunk) => {
        const head = reader.feed(chunk);
        if (head !== undefined) end({ head });
        else if (reader.overflow) end({ is: "wrong", why: "The head of the answer never ended." });
      },
      gone: () => end({ is: "ended" }),
    });
  });
}

async function overHttp2(
  testee: Testee,
  offer: DeflateOffer | undefined,
  attempt: Attempt,
): Promise<OpenedLine> {
  const { line, opening } = await openHttp2Stream(testee, deflateFields(offer), attempt);
  if (opening.is !== "open" || opening.head === undefined) return { line, opening };
  const opened = checkConnectAnswer(opening.head, offer, offeredProtocols(testee.headers));
  return { line, ...judged(opening.head, true, opened, attempt) };
}

/**
 * Asks for a stream, on a connection of its own, so that its end is the end of the stream. What the
 * answer says of extensions and subprotocols is not looked at.
 */
export async function openHttp2Stream(
  testee: Testee,
  more: readonly Field[],
  attempt: Attempt,
): Promise<OpenedLine> {
  const session = await openSession(testee, attempt.recorder, OPEN_WAIT);
  const lower = more.map(([name, value]): Field => [name.toLowerCase(), value]);
  const fields = connectRequest(testee, lower);
  attempt.request = shownFields(fields);
  const stream = session.request(fields);
  await session.until(() => stream.head !== undefined || stream.over, OPEN_WAIT);
  const { head } = stream;
  const line = new Line((events) => {
    const gone = (reset: boolean) => {
      session.close();
      events.gone(reset);
    };
    const carrier = new StreamCarrier(session, stream, { ...events, gone });
    setImmediate(() => carrier.start());
    return carrier;
  });
  if (head === undefined) {
    const opening: Opening = stream.over ? { is: "ended" } : { is: "silent", wait: OPEN_WAIT };
    return { line, opening };
  }
  attempt.response = shownFields(stream.fields);
  const status = streamStatusOf(head);
  const opens = status >= 200 && status < 300;
  return { line, opening: opens ? { is: "open", head } : { is: "refused", status, head } };
}
