/** What the hook `error` is told. */
export class WSError extends Error {
  /** Name of the class, as every Error has it. */
  override readonly name = "WSError";

  /** @param cause what has failed */
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
