/** Heads in parts, and how one is made of another: requests to servers, answers to clients. */
import { formatHead } from "../wire/head.ts";

/** One field. */
export type Field = readonly [name: string, value: string];

/** A head in parts. A request over HTTP/2 has fields only. */
export interface HeadParts {
  readonly start: string;
  readonly fields: readonly Field[];
}

/** Makes another head of the right one; a string is sent as it is, one character per byte. */
export type HeadChange = (head: HeadParts) => HeadParts | string;

const fieldsBy =
  (how: (fields: readonly Field[]) => readonly Field[]) =>
  ({ start, fields }: HeadParts): HeadParts => ({ start, fields: how(fields) });

/** Changes nothing. */
export const asItIs: HeadChange = (head) => head;

/** Leaves a field out. */
export const without = (name: string) =>
  fieldsBy((fields) => fields.filter(([key]) => key !== name));

/** Adds fields at the end. */
export const adding = (...more: readonly Field[]) => fieldsBy((fields) => [...fields, ...more]);

/** Adds fields at the beginning. */
export const leading = (...more: readonly Field[]) => fieldsBy((fields) => [...more, ...fields]);

/** Puts a field at the end. */
export const trailing = (name: string, value: string) =>
  fieldsBy((fields) => [...fields.filter(([key]) => key !== name), [name, value]]);

/** Gives a field another value. */
export const setting = (name: string, value: string) =>
  fieldsBy((fields) => fields.map(([key, old]) => [key, key === name ? value : old] as const));

/** Changes the names of all fields. */
export const renaming = (how: (name: string) => string) =>
  fieldsBy((fields) => fields.map(([name, value]) => [how(name), value] as const));

/** Makes another request line from the path. */
export const starting =
  (how: (path: string) => string) =>
  ({ start, fields }: HeadParts): HeadParts => ({ start: how(start.split(" ")[1]!), fields });

/** The whole head as text, changed at the end. */
export const raw =
  (how: (text: string) => string): HeadChange =>
  (head) =>
    how(textOf(head));

/** A head as text. */
export const textOf = ({ start, fields }: HeadParts): string => formatHead(start, fields);
