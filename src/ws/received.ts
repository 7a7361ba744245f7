/** What binary messages can be received as. */
export const BINARY_TYPES = ["nodebuffer", "arraybuffer", "fragments", "blob"] as const;

/** One of {@link BINARY_TYPES}. */
export type BinaryType = (typeof BINARY_TYPES)[number];

/** A binary message as a program wants it. */
export function converted(data: Buffer, type: BinaryType): Buffer | ArrayBuffer | Buffer[] | Blob {
  switch (type) {
    case "nodebuffer":
      return data;
    case "fragments":
      // What the peer has sent in fragments lies together: they mean nothing (RFC 6455 §5.4).
      return [data];
    case "blob":
      return new Blob([data as Buffer<ArrayBuffer>]);
    case "arraybuffer":
      return data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer;
  }
}
