import { createHash } from "node:crypto";

/** A script for Redis, and the name under which Redis remembers it. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

function script(text: string): Script {
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}

/**
 * Numbers a message, keeps it, and publishes it behind its position, as one step.
 *
 * KEYS: the topic's hash of epoch and offset, its stream. ARGV: the message, the command to publish with, the channel,
 * most messages, their age and that of positions in milliseconds, an epoch in case there is none.
 */
export const PUBLISH = script(`
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[7]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  redis.call('DEL', KEYS[2])
end
local offset = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'offset', 1))
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[4], offset .. '-0', 'm', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call(ARGV[2], ARGV[3], epoch .. ' ' .. offset .. '\\n' .. ARGV[1])
return offset
`);

/**
 * Reads the epoch and the last offset of a topic, and messages behind an offset.
 *
 * KEYS: as above. ARGV: the age of positions in milliseconds, an epoch in case there is none, the first offset to
 * read, most messages, 0 for none.
 */
export const READ = script(`
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[2]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  redis.call('DEL', KEYS[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
local offset = redis.call('HGET', KEYS[1], 'offset') or '0'
local entries = {}
if ARGV[4] ~= '0' then
  entries = redis.call('XRANGE', KEYS[2], ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
end
return {epoch, offset, entries}
`);
