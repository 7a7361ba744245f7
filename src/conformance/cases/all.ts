/** Every case, in the order of their numbers. */
import type { Case } from "../case.ts";
import { compareIds } from "../case-numbers.ts";
import { CODES } from "./closing/codes.ts";
import { CLOSING } from "./closing/handshake.ts";
import { OFFERED } from "./deflate/offers.ts";
import { SERIES } from "./deflate/series.ts";
import { DEFLATE_STREAMS } from "./deflate/streams.ts";
import { WINDOW_ECHOES } from "./deflate/windows-kept.ts";
import { WINDOW_LEGAL } from "./deflate/windows-legal.ts";
import { WINDOW_MISUSE } from "./deflate/windows-misused.ts";
import { ABUSES_OF_BOTH } from "./endurance/abuses.ts";
import { FRAGMENTS } from "./framing/fragments.ts";
import { LENGTHS } from "./framing/lengths.ts";
import { MASKS } from "./framing/masks.ts";
import { PINGS } from "./framing/pings.ts";
import { RESERVED_CASES } from "./framing/reserved.ts";
import { SPLITS } from "./framing/splits.ts";
import { HTTP2 } from "./http2/all.ts";
import { KNOWN_FAULTS } from "./known-faults/all.ts";
import { LONG } from "./limits/long.ts";
import { ANSWERS } from "./opening/answers.ts";
import { OCTETS } from "./opening/octets.ts";
import { REQUESTS } from "./opening/requests.ts";
import { TEXT } from "./text/validity.ts";

const BY_SUBJECT: readonly Case[] = [
  ...LENGTHS,
  ...PINGS,
  ...RESERVED_CASES,
  ...FRAGMENTS,
  ...SPLITS,
  ...MASKS,
  ...TEXT,
  ...CLOSING,
  ...CODES,
  ...LONG,
  ...SERIES,
  ...DEFLATE_STREAMS,
  ...OFFERED,
  ...WINDOW_MISUSE,
  ...WINDOW_ECHOES,
  ...WINDOW_LEGAL,
  ...REQUESTS,
  ...OCTETS,
  ...ANSWERS,
  ...ABUSES_OF_BOTH,
  ...HTTP2,
  ...KNOWN_FAULTS,
];

/** All cases. The place of a case here, from 1, is its number in Autobahn's reports. */
export const ALL_CASES: readonly Case[] = [...BY_SUBJECT].sort((a, b) => compareIds(a.id, b.id));
