/** A client of HTTP/2 made of `node:http2`, for tests: nothing in it comes from src/. */

import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";
import { RawPeer } from "./raw-peer.ts";

/** A stream, and the fields that it was answered with. */
export interface Http2Answer {
  readonly stream: ClientHttp2Stream;
  readonly fields: IncomingHttpHeaders & IncomingHttpStatusHeader;
}

/** A session, which is gone when the test has finished. */
export class Http2Peer {
  readonly session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
  }

  /** Connects, and waits for the settings of the server. */
  static async connect(url: string, options: SecureClientSessionOptions = {}): Promise<Http2Peer> {
    const session = connect(url.replace(/^ws/, "http"), options);
    onTestFinished(() => session.destroy());
    await once(session, "remoteSettings");
    // Tests look at what becomes of it.
    session.on("error", () => {});
    return new Http2Peer(session);
  }

  /** Asks for a WebSocket (RFC 8441 §4); `headers` replace (or with undefined remove) the usual ones. */
  ask(path = "/", headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const all = {
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": this.session.encrypted ? "https" : "http",
      ":path": path,
      ":authority": "localhost",
      "sec-websocket-version": "13",
      ...headers,
    };
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    const stream = this.session.request(Object.fromEntries(given), { endStream: false });
    stream.on("error", () => {});
    return stream;
  }

  /** The same, and waits for the answer. Rejects if the stream ends without one. */
  async answer(path?: string, headers?: OutgoingHttpHeaders): Promise<Http2Answer> {
    return answerOf(this.ask(path, headers));
  }

  /** Opens a WebSocket. */
  async open(path?: string, headers?: OutgoingHttpHeaders): Promise<RawPeer & Http2Answer> {
    const answer = await this.answer(path, headers);
    if (answer.fields[":status"] !== 200)
      throw new Error(`not opened: ${answer.fields[":status"]}`);
    return Object.assign(new RawPeer(answer.stream as unknown as Socket), answer);
  }

  /** A plain GET: status, fields and body. */
  async get(path: string): Promise<{ fields: IncomingHttpHeaders; body: string }> {
    const stream = this.session.request({ ":path": path });
    const { fields } = await answerOf(stream);
    let body = "";
    for await (const chunk of stream) body += chunk;
    return { fields, body };
  }
}

/** Waits for the answer on a stream. Rejects if it ends without one. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    stream.once("response", (fields) => resolve({ stream, fields }));
    stream.once("close", () => reject(new Error(`no answer: reset with ${stream.rstCode}`)));
  });
}

/** What was sent as the body of an answer. */
export async function bodyOf({ stream }: Http2Answer): Promise<string> {
  let body = "";
  for await (const chunk of stream) body += chunk;
  return body;
}
