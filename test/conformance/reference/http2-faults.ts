/** What the reference server for HTTP/2 can be made to do wrong. */
import type { Field } from "../../../src/conformance/http2/hpack.ts";
import type { Faults } from "./faults.ts";

export interface Http2Faults {
  /** What the WebSockets on its streams get wrong. */
  readonly websocket?: Faults;
  /** `SETTINGS_ENABLE_CONNECT_PROTOCOL` is not announced. */
  readonly announcesNothing?: boolean;
  /** Every request opens, whatever it says. */
  readonly opensAlways?: boolean;
  /** Every request is refused. */
  readonly opensNever?: boolean;
  /** More fields in answers. */
  readonly answers?: readonly Field[];
  /** DATA that came together with the request is lost. */
  readonly losesEarly?: boolean;
  /** CONTINUATION frames are skipped. */
  readonly skipsContinuation?: boolean;
  /** Padding and priority of HEADERS are taken for fields. */
  readonly takesPaddedHeaders?: boolean;
  /** Each chunk of TCP must hold whole frames. */
  readonly wantsWholeFrames?: boolean;
  /** A frame of a WebSocket must be in one DATA frame. */
  readonly wantsWholeMessages?: boolean;
  /** An empty DATA frame ends the stream. */
  readonly endsOnEmpty?: boolean;
  /** The padding of DATA is taken for data. */
  readonly keepsPadding?: boolean;
  /** DATA with too much padding is skipped. */
  readonly skipsTooPadded?: boolean;
  /** Frames of types that are not known, or not wanted, end the connection. */
  readonly hatesOthers?: boolean;
  /** Streams are ended with RST_STREAM. */
  readonly resetsStreams?: boolean;
  /** Streams are never ended. */
  readonly keepsStreams?: boolean;
  /** Wherever a stream ends the connection does. */
  readonly endsConnection?: boolean;
  /** Everything is sent on the stream that was opened last. */
  readonly mixesStreams?: boolean;
  /** Streams over this number get no answer. */
  readonly mostStreams?: number;
  /** The client's GOAWAY ends the connection. */
  readonly leavesOnGoaway?: boolean;
  /** Windows are not looked at: those of streams, of the connection. */
  readonly ignoresWindows?: "stream" | "connection";
  /** Settings that change later are not looked at. */
  readonly ignoresChanges?: boolean;
  /** A stream that has to wait holds up all others. */
  readonly queuesTogether?: boolean;
  /** Frames are as long as what is sent. */
  readonly longFrames?: boolean;
  /** No window is given back. */
  readonly givesNothingBack?: boolean;
  /** Windows are given back for data, not for its padding. */
  readonly forgetsPadding?: boolean;
}
