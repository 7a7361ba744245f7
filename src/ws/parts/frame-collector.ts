import { ProtocolError } from "../../errors.ts";
import type { FrameSink } from "../../protocol/frame-parser.ts";
import type { Opcode } from "../../protocol/opcode.ts";
import type { CodedError } from "../errors.ts";
import { closeCodeOf } from "../errors.ts";

/** A frame with its payload, in memory of its own. */
export interface Frame {
  readonly opcode: Opcode;
  readonly fin: boolean;
  /** The reserved bits as they stand in the first byte. */
  readonly reserved: number;
  readonly payload: Buffer;
}

/** Collects the payloads of frames that come in any number of chunks. */
export class FrameCollector implements FrameSink {
  readonly #onFrame: (frame: Frame) => void;
  readonly #mostParts: number;
  #parts: Buffer[] = [];
  #begun: Omit<Frame, "payload"> | undefined;

  /** @param mostParts in how many chunks a frame may come */
  constructor(mostParts: number, onFrame: (frame: Frame) => void) {
    this.#mostParts = mostParts;
    this.#onFrame = onFrame;
  }

  onFrame(
    opcode: Opcode,
    fin: boolean,
    reserved: number,
    chunk: Buffer,
    start: number,
    end: number,
  ): void {
    const payload = Buffer.from(chunk.subarray(start, end));
    this.#onFrame({ opcode, fin, reserved, payload });
  }

  onFrameStart(opcode: Opcode, fin: boolean, reserved: number): void {
    this.#begun = { opcode, fin, reserved };
  }

  onFramePart(chunk: Buffer, start: number, end: number): void {
    if (this.#parts.length === this.#mostParts) throw tooManyChunks();
    this.#parts.push(Buffer.from(chunk.subarray(start, end)));
  }

  onFrameEnd(): void {
    const payload = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#onFrame({ ...this.#begun!, payload });
  }
}

/** Of `ws` alone: what barewire's connections receive does not wait in chunks. */
function tooManyChunks(): CodedError {
  const error = new RangeError("Too many buffered chunks") as Error as CodedError;
  error.code = "WS_ERR_TOO_MANY_BUFFERED_PARTS";
  error[closeCodeOf] = new ProtocolError("TOO_MANY_FRAGMENTS").closeCode;
  return error;
}
