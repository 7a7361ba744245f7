/** Numbers of cases: their order, their sections, and which of them are Autobahn's. */

/** `"1.2.3"` before `"1.10.1"`: for sorting case numbers. */
export function compareIds(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The section of a case: `"6"` for `"6.4.1"`. */
export const sectionOf = (id: string): string => id.slice(0, id.indexOf("."));

/** The sections that Autobahn has. */
const OF_AUTOBAHN = ["1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13"];

/** Patterns of all cases that Autobahn has. */
export const AUTOBAHN_SECTIONS: readonly string[] = OF_AUTOBAHN.map((section) => `${section}.*`);

/** Whether a case is one of Autobahn's. */
export const isAutobahn = (id: string): boolean => OF_AUTOBAHN.includes(sectionOf(id));

/** Titles of the sections. */
export const SECTION_TITLES: ReadonlyMap<string, string> = new Map([
  ["1", "Framing"],
  ["2", "Pings and Pongs"],
  ["3", "Reserved bits"],
  ["4", "Opcodes"],
  ["5", "Fragmentation"],
  ["6", "UTF-8"],
  ["7", "Closing handshake"],
  ["9", "Limits and performance"],
  ["10", "Auto-fragmentation"],
  ["12", "Compression, different payloads"],
  ["13", "Compression, different parameters"],
  ["20", "Opening handshake, server"],
  ["21", "Opening handshake, client"],
  ["22", "Framing beyond Autobahn"],
  ["23", "Close codes by class"],
  ["24", "Compression beyond Autobahn"],
  ["25", "Resources"],
  ["26", "WebSockets over HTTP/2"],
  ["27", "Known faults"],
]);
