/** What the clients say: as little of the packages' protocols as the measuring needs, so that the load is light. */

/** What a client does when a message has come. */
export interface Reaction {
  readonly send?: readonly string[];
  /** Whether it is one of the messages that are counted. */
  readonly counts?: true;
}

/** One kind of program. */
export interface Dialogue {
  readonly id: string;
  /** For the table. */
  readonly title: string;
  /** The server, in `servers/`. */
  readonly server: string;
  readonly path: string;
  readonly protocols: readonly string[];
  /** What a client sends first. */
  readonly first: readonly string[];
  /** @param depth how many messages, or subscriptions, are under way at a time */
  react(message: string, depth: number): Reaction;
}

const NOTHING: Reaction = {};

const TEXT = "a line of sixty-four bytes, as they are sent in a chat with others";

/** Engine.IO 4 and Socket.IO 5: each message begins with the number of its kind. */
const socketIo: Dialogue = {
  id: "socket-io-echo",
  title: "socket.io: an event sent back",
  server: "socket-io",
  path: "/socket.io/?EIO=4&transport=websocket",
  protocols: [],
  first: [],
  react(message, depth) {
    const event = `42["echo",${JSON.stringify(TEXT)}]`;
    if (message.startsWith("42")) return { send: [event], counts: true };
    if (message.startsWith("40")) return { send: Array(depth).fill(event) };
    if (message.startsWith("0")) return { send: ["40"] };
    // A ping of the server's.
    return message === "2" ? { send: ["3"] } : NOTHING;
  },
};

function graphql(id: string, title: string, query: string, counted: string): Dialogue {
  const subscribe = (number: string) =>
    JSON.stringify({ id: number, type: "subscribe", payload: { query } });
  return {
    id,
    title,
    server: "graphql-ws",
    path: "/",
    protocols: ["graphql-transport-ws"],
    first: ['{"type":"connection_init"}'],
    react(message, depth) {
      const { type, id: number = "" } = JSON.parse(message) as { type: string; id?: string };
      const counts = type === counted ? ({ counts: true } as const) : NOTHING;
      if (type === "complete") return { send: [subscribe(number)], ...counts };
      if (type !== "connection_ack") return counts;
      return { send: Array.from({ length: depth }, (_, i) => subscribe(`${i}`)) };
    },
  };
}

export const DIALOGUES: readonly Dialogue[] = [
  socketIo,
  graphql("graphql-ws-query", "graphql-ws: a query", "{ greeting }", "complete"),
  graphql(
    "graphql-ws-subscription",
    "graphql-ws: an event of a subscription",
    // Few at a time: the server takes no other message before it has sent all of them.
    "subscription { ticks(count: 10) }",
    "next",
  ),
];

/** @throws Error for an unknown name */
export function dialogueOf(id: string): Dialogue {
  const found = DIALOGUES.find((dialogue) => dialogue.id === id);
  if (found !== undefined) return found;
  const names = DIALOGUES.map((dialogue) => dialogue.id).join(", ");
  throw new Error(`no program is called "${id}"; there are: ${names}`);
}
