/**
 * Topics of crossws are within a namespace; a message may also go to a topic in all of them. So a subscription is
 * two of the server: to the topic's own name, for what goes to all namespaces, and to this name for what goes to
 * one. The length keeps `"a"` + `"bc"` and `"ab"` + `"c"` apart.
 */
export function nameWithin(namespace: string, topic: string): string {
  return `\0${namespace.length}:${namespace}${topic}`;
}

/** The name for all namespaces: the topic's own, unless it could be one of those above. */
export function nameForAll(topic: string): string {
  return topic.startsWith("\0") ? `\0${topic}` : topic;
}
