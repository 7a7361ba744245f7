import { once } from "node:events";
import type { WebSocket } from "undici";
import { expect } from "vitest";

/** A WebSocket of undici, with `binaryType` "arraybuffer". */
export type Client = InstanceType<typeof WebSocket>;

export async function nextMessage(client: Client): Promise<string | ArrayBuffer> {
  const [event] = (await once(client, "message")) as [{ data: string | ArrayBuffer }];
  return event.data;
}

export async function closeEvent(
  client: Client,
): Promise<[code: number, reason: string, clean: boolean]> {
  const [event] = (await once(client, "close")) as [
    { code: number; reason: string; wasClean: boolean },
  ];
  return [event.code, event.reason, event.wasClean];
}

/** Sends messages of all kinds of lengths, and expects each back. */
export async function expectEchoes(client: Client): Promise<void> {
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 500_000]) {
    client.send("é".repeat(size));
    expect((await nextMessage(client)) === "é".repeat(size)).toBe(true);
    client.send(Buffer.alloc(size, size));
    const back = Buffer.from((await nextMessage(client)) as ArrayBuffer);
    expect(back.equals(Buffer.alloc(size, size))).toBe(true);
  }
}
