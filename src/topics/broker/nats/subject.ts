const PLAIN = /^[A-Za-z0-9_-]+$/;
const OTHERS = /[^A-Za-z0-9_-]/gu;

/**
 * The subject of a topic. Subjects have no spaces, and dots and stars mean something in them, so each byte of such a
 * character becomes `=` and two hexadecimal digits.
 */
export function subjectOf(prefix: string, topic: string): string {
  const word = PLAIN.test(topic) ? topic : topic.replace(OTHERS, escaped);
  return `${prefix}.${word}`;
}

function escaped(character: string): string {
  return Array.from(
    Buffer.from(character),
    (byte) => `=${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}
