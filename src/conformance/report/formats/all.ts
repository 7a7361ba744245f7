/** What a run prints on stdout, for people and for programs. */
import type { CaseResult } from "../../result.ts";
import type { RunInfo } from "../run-info.ts";
import { consoleText } from "./console.ts";
import { junitXml } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { runJson } from "./run-json.ts";
import { sarif } from "./sarif.ts";
import { tap } from "./tap.ts";

/** Prints results in one way. The folder is that of the reports. */
export type Format = (results: readonly CaseResult[], run: RunInfo, folder: string) => string;

/** All ways, by the names that `--format` takes. */
export const FORMATS = {
  console: consoleText,
  json: runJson,
  junit: (results, { strict }) => junitXml(results, strict),
  sarif,
  markdown,
  tap,
} as const satisfies Readonly<Record<string, Format>>;

/** A name that `--format` takes. */
export type FormatName = keyof typeof FORMATS;
