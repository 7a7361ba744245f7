/** Why a result is not good. */
import type { CaseResult } from "../result.ts";

/** Why, in one line: of the behavior, or of the close where only that is wrong. */
export function reasonOf({ behavior, result, resultClose }: CaseResult): string {
  const isFine = behavior === "OK" || behavior === "INFORMATIONAL";
  return (isFine ? resultClose : result).replaceAll(/\s+/g, " ").trim();
}
