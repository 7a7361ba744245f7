/** Which connections share the frame that a broadcast has made. */

import { expect, it } from "vitest";
import { smallMessages } from "../../../../bench/load/json-messages.ts";
import { MessageDeflater } from "../../../../src/compression/message-deflater.ts";
import {
  type CompressionOptions,
  compressionSettings,
} from "../../../../src/compression/options.ts";
import { BroadcastMessage } from "../../../../src/connection/sending/broadcast/message.ts";

const DATA = smallMessages(200).join("\n");

/** What connections of two routes, with these options, are sent of one message. */
function framesFor(...routes: CompressionOptions[]) {
  const message = new BroadcastMessage(DATA, routes);
  return routes.map((options) => {
    const settings = compressionSettings({ offThreadFrom: Number.POSITIVE_INFINITY, ...options })!;
    const direction = { windowBits: settings.windowBits, contextTakeover: true };
    return message.frameFor(new MessageDeflater(settings, direction));
  });
}

it.each<CompressionOptions>([
  {},
  { maxJobs: 1 },
  { sendContextTakeover: false },
  { receiveContextTakeover: false },
])("routes that differ by %j share it", (options) => {
  const [one, other] = framesFor({}, options);
  expect(one).toMatchObject({ compressed: true });
  expect(other).toBe(one);
});

it.each<CompressionOptions>([
  { level: 9 },
  { memLevel: 1 },
  { windowBits: 15 },
  { threshold: DATA.length + 1 },
  { shouldCompress: () => false },
])("routes that differ by %j do not", (options) => {
  const [one, other] = framesFor({}, options);
  expect(other).not.toEqual(one);
  expect(framesFor(options, {})).toEqual([other, one]);
});
