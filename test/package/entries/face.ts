/** An entry in the shape of the package `ws`: the default export is a class, others are its properties. */

import { Shared } from "./shared.ts";

/** What a face may be given. */
export type FaceData = string | number;

/** The default export. */
class Face {
  /** A property of the class itself. */
  static readonly OPEN = 1;
  readonly #shared = new Shared();

  /** The one that another entry exports. */
  get shared(): Shared {
    return this.#shared;
  }
}

/** Another class. */
export class FaceServer {
  /** The faces that it has. */
  readonly faces: Face[] = [];
}

/** A function. */
export function createFace(data: FaceData): Face {
  if (data === "") throw new TypeError("expected data");
  return new Face();
}

export { Face, Face as default };
