import { Duplex } from "node:stream";

class Side extends Duplex {
  other!: Side;
  override _read(): void {}
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.other.push(chunk);
    done();
  }
  override _final(done: () => void): void {
    this.other.push(null);
    done();
  }
}

/** Two streams that are no sockets: what is written to one comes out of the other at once, without a copy. */
export function streamPair(): [near: Duplex, far: Duplex] {
  const [near, far] = [new Side(), new Side()];
  near.other = far;
  far.other = near;
  return [near, far];
}
