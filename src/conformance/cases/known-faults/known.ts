/** What the cases of public vulnerabilities have in common. */
import type { EnduranceCase, Role } from "../../case.ts";
import { endurance } from "../endurance/abuses.ts";

/** A case by its number and by the identifier of what was published. */
export type Known = (
  number: number,
  identifier: string,
  what: string,
  abuse: EnduranceCase["abuse"],
  more?: Partial<EnduranceCase>,
) => EnduranceCase;

/** Makes the cases of one section, which are for testees of one role. */
export const knownIn =
  (section: string, only: Role, shared: Partial<EnduranceCase> = {}): Known =>
  (number, identifier, what, abuse, more = {}) =>
    endurance({
      id: `${section}.${number}`,
      only,
      what: `${identifier}: ${what}`,
      ...shared,
      abuse,
      ...more,
    });
