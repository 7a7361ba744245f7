/** Every case, in the order of their numbers. */
import type { Case } from "../case.ts";
import { SECTION_1 } from "./section-1.ts";
import { SECTION_2 } from "./section-2.ts";
import { SECTION_3, SECTION_4 } from "./section-3-4.ts";
import { SECTION_5 } from "./section-5.ts";
import { SECTION_6 } from "./section-6.ts";
import { SECTION_7 } from "./section-7.ts";
import { SECTION_9 } from "./section-9.ts";
import { SECTION_10 } from "./section-10.ts";
import { SECTION_12, SECTION_13 } from "./section-12-13.ts";
import { SECTION_20 } from "./section-20.ts";
import { SECTION_21 } from "./section-21.ts";
import { SECTION_22 } from "./section-22.ts";
import { SECTION_23 } from "./section-23.ts";
import { SECTION_24 } from "./section-24.ts";
import { SECTION_25 } from "./section-25.ts";
import { SECTION_26 } from "./section-26.ts";

/** All cases. The place of a case here, from 1, is its number in Autobahn's reports. */
export const ALL_CASES: readonly Case[] = [
  ...SECTION_1,
  ...SECTION_2,
  ...SECTION_3,
  ...SECTION_4,
  ...SECTION_5,
  ...SECTION_6,
  ...SECTION_7,
  ...SECTION_9,
  ...SECTION_10,
  ...SECTION_12,
  ...SECTION_13,
  ...SECTION_20,
  ...SECTION_21,
  ...SECTION_22,
  ...SECTION_23,
  ...SECTION_24,
  ...SECTION_25,
  ...SECTION_26,
];
