/** The options of a run as reports show them: to others than those who gave them. */
import { isSecretName, MASK } from "../dialing/secrets.ts";

/** The options as they were given; the values of fields that are called like secrets are masked. */
export function givenOptions(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    [value].flat().map((one) => {
      if (one === true) return `--${name}`;
      const text = String(one);
      if (name !== "header") return `--${name} ${text}`;
      const [field = ""] = text.split(":", 1);
      return `--${name} ${isSecretName(field) ? `${field}: ${MASK}` : text}`;
    }),
  );
}
