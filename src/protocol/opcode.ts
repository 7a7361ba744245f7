/** Opcodes of RFC 6455 §5.2. */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** One of the six opcodes that RFC 6455 defines. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** §5.5: control frames are those whose opcode has its highest bit set. */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** §5.2: 0x3 to 0x7 and 0xB to 0xF are reserved. */
export function isReserved(opcode: number): boolean {
  return (opcode & 0x7) > 2;
}
