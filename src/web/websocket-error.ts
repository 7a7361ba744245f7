import { checkClose } from "./arguments.ts";
import { dictionary, domString, shortInRange, usvString } from "./idl/conversions.ts";
import { defineInterface } from "./idl/interface.ts";

/** How a WebSocket is closed, or was. */
export interface WebSocketCloseInfo {
  /** Close code: 1000 or 3000 to 4999. Default: none, or 1000 where there is a reason. */
  readonly closeCode?: number;
  /** At most 123 bytes in UTF-8. Default `""`. */
  readonly reason?: string;
}

/** @internal Makes one with a code that programs may not choose, such as 1006. */
export let errorOfEnd: (message: string, closeCode: number, reason: string) => WebSocketError;

let isUnchecked = false;

/** What it is made from. Not every version of @types/node knows `DOMException`. */
const Base = DOMException as unknown as new (
  message: string,
  name: string,
) => Error & {
  /** 0: it has a name in the place of a code. */
  readonly code: number;
};

/**
 * Why a WebSocketStream has ended, or is to end: given to `abort()` of its writable or `cancel()` of its readable, it
 * is the code and the reason of the Close frame.
 */
export class WebSocketError extends Base {
  readonly #closeCode: number | null;
  readonly #reason: string;

  /**
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   * @throws TypeError for what is no object with these properties
   */
  constructor(message: string = "", init: WebSocketCloseInfo = {}) {
    super(domString(message), "WebSocketError");
    const { code, reason } = closeInfo(init);
    if (!isUnchecked) checkClose(code, reason);
    this.#closeCode = code ?? (reason === "" ? null : 1000);
    this.#reason = reason;
  }

  static {
    errorOfEnd = (message, closeCode, reason) => {
      isUnchecked = true;
      try {
        return new WebSocketError(message, { closeCode, reason });
      } finally {
        isUnchecked = false;
      }
    };
  }

  /** Close code, null for none. */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  /** Close reason, `""` for none. */
  get reason(): string {
    return this.#reason;
  }
}

defineInterface(WebSocketError);

/** @throws TypeError for what is no dictionary of that kind */
export function closeInfo(init: unknown): { code: number | undefined; reason: string } {
  const { closeCode, reason } = dictionary("the close info", init);
  return {
    code: closeCode === undefined ? undefined : shortInRange("closeCode", closeCode),
    reason: reason === undefined ? "" : usvString(reason),
  };
}
