import { CLOSED, CLOSING, CONNECTING, OPEN } from "./constants.ts";

/** Makes accessors of a prototype show where properties are listed, as those of the web's classes do. */
export function list(prototype: object, names: readonly string[]): void {
  for (const name of names) Object.defineProperty(prototype, name, { enumerable: true });
}

/** Gives a class and its objects the names of the ready states. */
export function nameStates(ofClass: { readonly prototype: object }): void {
  for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
    for (const target of [ofClass, ofClass.prototype]) {
      Object.defineProperty(target, name, { enumerable: true, value });
    }
  }
}
