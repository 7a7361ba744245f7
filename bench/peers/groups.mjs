// Groups of connections to which messages go, one after the other; see `groups` in control.mjs.
import { options } from "./control.mjs";

const { count = 0, each = 1 } = options.groups ?? {};
let joined = 0;

/** The names of the groups, for who has topics. */
export const topics = Array.from({ length: count }, (_, i) => `group-${i}`);

/** The members of each group, for who has none. */
export const groups = topics.map(() => new Set());

/** The groups of each connection, by their numbers. */
const memberships = new Map();

/** The numbers of the groups that the next connection is in. */
function nextGroups() {
  const first = joined++ * each;
  return Array.from({ length: each }, (_, i) => (first + i) % count);
}

/** The names of the groups that the next connection is in. */
export function nextTopics() {
  return nextGroups().map((number) => topics[number]);
}

/** Puts a connection into its groups. */
export function join(connection) {
  const numbers = nextGroups();
  memberships.set(connection, numbers);
  for (const number of numbers) groups[number].add(connection);
}

/** A connection has ended. */
export function leave(connection) {
  for (const number of memberships.get(connection) ?? []) groups[number].delete(connection);
  memberships.delete(connection);
}
