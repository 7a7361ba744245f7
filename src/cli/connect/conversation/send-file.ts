/** Sends a file as one message. */

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Connection } from "../../../index.ts";
import { errorCode } from "../../command-line.ts";
import { decodeText } from "../../terminal/input-split.ts";

/** A file cannot be sent; the message says why. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** Text is read as a whole, since it has to be known to be text. In bytes. */
const LONGEST_TEXT = 64 * 2 ** 20;

/**
 * Sends a file as one message: binary in fragments as it is read, text as a whole.
 *
 * @returns its bytes
 * @throws {FileError} when it cannot be read, or is no text
 */
export async function sendFile(ws: Connection, file: string, binary: boolean): Promise<number> {
  const size = await fileSize(file);
  if (binary) {
    await (size === 0 ? ws.send(Buffer.alloc(0)) : ws.sendFragments(createReadStream(file)));
    return size;
  }
  if (size > LONGEST_TEXT) {
    throw new FileError(`${file} is longer than 64 MiB; send it as a binary message`);
  }
  const text = decodeText(await readFile(file));
  if (text === undefined) throw new FileError(`${file} is not UTF-8; send it as a binary message`);
  await ws.send(text);
  return size;
}

async function fileSize(file: string): Promise<number> {
  try {
    const stats = await stat(file);
    if (stats.isFile()) return stats.size;
  } catch (error) {
    throw new FileError(`cannot read ${file} (${errorCode(error)})`, { cause: error });
  }
  throw new FileError(`${file} is no file`);
}
