import { ProtocolError, type ProtocolFailure } from "../errors.ts";
import { RSV1 } from "../protocol/frame-header.ts";
import { type ReadyState, STATE_NAMES } from "./constants.ts";

/** The close code of an error, as a property of it. */
export const closeCodeOf = Symbol("close code");

/** An error with a code, as `ws` makes it. */
export interface CodedError extends Error {
  code: string;
  errno?: number;
  [closeCodeOf]?: number;
}

interface Translation {
  readonly code: string;
  readonly message: string;
  /** By default a RangeError. */
  readonly plain?: true;
  readonly errno?: number;
}

const OPCODE = (detail: string): Translation =>
  invalidFrame("INVALID_OPCODE", `invalid opcode ${Number(detail)}`);

/** zlib's number for data that it cannot read. */
const Z_DATA_ERROR = -3;

/** What `ws` calls each failure. Those that are not here it does not know. */
const TRANSLATIONS: Partial<Record<ProtocolFailure, (detail: string) => Translation>> = {
  RESERVED_BITS: (detail) =>
    (Number(detail) & ~RSV1 & 0x70) === 0
      ? invalidFrame("UNEXPECTED_RSV_1", "RSV1 must be clear")
      : invalidFrame("UNEXPECTED_RSV_2_3", "RSV2 and RSV3 must be clear"),
  RESERVED_OPCODE: OPCODE,
  EXPECTED_CONTINUATION: OPCODE,
  UNEXPECTED_CONTINUATION: () => OPCODE("0"),
  CONTROL_FRAGMENTED: () => invalidFrame("EXPECTED_FIN", "FIN must be set"),
  MASK_REQUIRED: () => invalidFrame("EXPECTED_MASK", "MASK must be set"),
  MASK_FORBIDDEN: () => invalidFrame("UNEXPECTED_MASK", "MASK must be clear"),
  CONTROL_TOO_LONG: (detail) => controlLength(numberIn(detail)),
  CLOSE_PAYLOAD_LENGTH: () => controlLength(1),
  CLOSE_CODE_INVALID: (detail) =>
    invalidFrame("INVALID_CLOSE_CODE", `invalid status code ${detail}`),
  INVALID_UTF8: () => ({
    ...invalidFrame("INVALID_UTF8", "invalid UTF-8 sequence"),
    plain: true,
  }),
  LENGTH_INVALID: tooLong,
  MESSAGE_TOO_BIG: (detail) =>
    numberIn(detail) > Number.MAX_SAFE_INTEGER
      ? tooLong()
      : { code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", message: "Max payload size exceeded" },
  TOO_MANY_FRAGMENTS: () => ({
    code: "WS_ERR_TOO_MANY_BUFFERED_PARTS",
    message: "Too many message fragments",
  }),
  COMPRESSED_DATA_INVALID: (detail) => ({
    code: "Z_DATA_ERROR",
    errno: Z_DATA_ERROR,
    message: detail || "invalid compressed data",
    plain: true,
  }),
};

function invalidFrame(code: string, what: string): Translation {
  return { code: `WS_ERR_${code}`, message: `Invalid WebSocket frame: ${what}` };
}

function controlLength(length: number): Translation {
  return invalidFrame("INVALID_CONTROL_PAYLOAD_LENGTH", `invalid payload length ${length}`);
}

function tooLong(): Translation {
  return {
    code: "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
    message: "Unsupported WebSocket frame: payload length > 2^53 - 1",
  };
}

function numberIn(detail: string): number {
  return Number(/\d+/.exec(detail)?.[0]);
}

/** The error that a program for `ws` knows, with what was found as its cause; or the error itself. */
export function translated(error: Error): Error {
  if (!(error instanceof ProtocolError)) return error;
  const translation = TRANSLATIONS[error.code]?.(error.detail ?? "");
  if (translation === undefined) return error;
  const { code, message, plain, errno } = translation;
  const ErrorClass = plain ? Error : RangeError;
  const own = new ErrorClass(message, { cause: error }) as CodedError;
  own.code = code;
  if (errno !== undefined) own.errno = errno;
  own[closeCodeOf] = error.closeCode;
  return own;
}

/** Why nothing can be sent in a state. */
export function notOpen(state: ReadyState): Error {
  return new Error(`WebSocket is not open: readyState ${state} (${STATE_NAMES[state]})`);
}

/** Why a connection was never opened. */
export function closedBeforeOpen(): Error {
  return new Error("WebSocket was closed before the connection was established");
}
