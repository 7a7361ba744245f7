/**
 * The rules that cases rest on, each with its strength, whom it binds and where it stands. Verdicts follow
 * from them: see `verdict.ts`.
 */
import { ANSWER_RULES } from "./rules/answer.ts";
import { CLOSING_RULES } from "./rules/closing.ts";
import { DEFLATE_RULES } from "./rules/deflate.ts";
import { FRAMING_RULES } from "./rules/framing.ts";
import { HTTP2_RULES } from "./rules/http2.ts";
import { OPENING_RULES } from "./rules/opening.ts";
import { RESOURCE_RULES } from "./rules/resources.ts";
import type { Rule } from "./rules/rule.ts";

export type { Rule, Strength } from "./rules/rule.ts";

/** All rules by their names. */
export const RULES = {
  ...FRAMING_RULES,
  ...CLOSING_RULES,
  ...OPENING_RULES,
  ...ANSWER_RULES,
  ...DEFLATE_RULES,
  ...HTTP2_RULES,
  ...RESOURCE_RULES,
} as const satisfies Readonly<Record<string, Rule>>;

/** The name of a rule. */
export type RuleName = keyof typeof RULES;

/** A rule by its name. */
export const ruleNamed = (name: RuleName): Rule => RULES[name];
