/**
 * The closing handshake (RFC 6455 §7) as data: what each event does in each phase of a connection, and
 * what each phase allows. `docs/closing.md` draws its diagram from these tables, and a test walks through all
 * that they can do.
 *
 * A connection is `open` until one of its ends begins to close, and `gone` once TCP is:
 *
 * - `leaving`: this side was told to close. Its Close frame waits for messages that were sent before.
 * - `answering`: the peer's Close has come. The answer waits for the answers to the messages before it.
 * - `failing`: the peer broke the protocol (§7.1.7). The Close that says so waits in the same way.
 * - `sent`: this side's Close is on its way, and the peer's is waited for.
 * - `ending`: nothing more is said; TCP ends.
 */
export type Phase = "open" | "leaving" | "answering" | "failing" | "sent" | "ending" | "gone";

/** All phases, in the order in which a connection goes through them: there is no way back. */
export const PHASES = [
  "open",
  "leaving",
  "answering",
  "failing",
  "sent",
  "ending",
  "gone",
] as const;

/**
 * What can happen:
 *
 * - `close`: the user closes
 * - `peer-close`: the peer's Close frame has come
 * - `breach`: the peer broke the protocol or a limit
 * - `failure`: this side cannot go on, and says why at once
 * - `turn`: everything has gone that the waiting Close had to wait for
 * - `half-time`: half of the time for closing is over
 * - `fin`: the peer has ended its side of TCP
 * - `destroy`: this side destroys TCP
 * - `lost`: TCP is gone
 */
export type ClosingEvent =
  | "close"
  | "peer-close"
  | "breach"
  | "failure"
  | "turn"
  | "half-time"
  | "fin"
  | "destroy"
  | "lost";

/** What becomes of a Close frame by an event. */
export type CloseAction =
  /** Nothing. */
  | "none"
  /** The event's code is to be sent, in its turn. */
  | "wait"
  /** The one that waits is sent. */
  | "send"
  /** The event's code is sent at once, in place of one that waits. */
  | "send-now"
  /** The end of the peer's side of TCP is remembered. */
  | "note-fin";

/** A cell of the table. `undefined` is an event that cannot happen in a phase. */
export interface ClosingStep {
  readonly to: Phase;
  readonly action: CloseAction;
}

type Row = Readonly<Record<Phase, ClosingStep | undefined>>;

const step = (to: Phase, action: CloseAction = "none"): ClosingStep => ({ to, action });

/** An event that changes nothing in any phase, to be overridden where it does. */
const IGNORED: Row = {
  open: step("open"),
  leaving: step("leaving"),
  answering: step("answering"),
  failing: step("failing"),
  sent: step("sent"),
  ending: step("ending"),
  gone: step("gone"),
};

/** The event of a peer whose bytes are not read any more in these phases. */
const UNREAD = { answering: undefined, failing: undefined, ending: undefined, gone: undefined };

/** The transitions. Rank decides which Close frame is sent: a failure before the user's before an echo. */
export const CLOSING: Readonly<Record<ClosingEvent, Row>> = {
  close: { ...IGNORED, open: step("leaving", "wait"), answering: step("answering", "wait") },
  "peer-close": {
    ...UNREAD,
    open: step("answering", "wait"),
    // §5.5.1: what this side was to say serves as the answer.
    leaving: step("answering"),
    sent: step("ending"),
  },
  breach: {
    ...UNREAD,
    open: step("failing", "wait"),
    leaving: step("failing", "wait"),
    sent: step("ending"),
  },
  failure: {
    ...IGNORED,
    open: step("ending", "send-now"),
    leaving: step("ending", "send-now"),
    answering: step("ending", "send-now"),
  },
  turn: {
    ...IGNORED,
    open: undefined,
    leaving: step("sent", "send"),
    answering: step("ending", "send"),
    failing: step("ending", "send"),
  },
  "half-time": {
    ...IGNORED,
    open: undefined,
    answering: step("ending", "send"),
    failing: step("ending", "send"),
  },
  fin: {
    open: step("ending", "note-fin"),
    // What is owed to the peer still goes out: it may read on.
    leaving: step("leaving", "note-fin"),
    answering: step("answering", "note-fin"),
    failing: step("failing", "note-fin"),
    sent: step("ending", "note-fin"),
    ending: step("ending", "note-fin"),
    gone: step("gone"),
  },
  destroy: {
    open: step("ending"),
    leaving: step("ending"),
    answering: step("ending"),
    failing: step("ending"),
    sent: step("ending"),
    ending: step("ending"),
    gone: step("gone"),
  },
  lost: {
    open: step("gone"),
    leaving: step("gone"),
    answering: step("gone"),
    failing: step("gone"),
    sent: step("gone"),
    ending: step("gone"),
    gone: undefined,
  },
};

/** What a phase allows. */
export interface PhaseRules {
  /** As the user is told (`Connection.state`). */
  readonly state: "open" | "closing" | "closed";
  /** What becomes of messages that arrive. */
  readonly messages: "deliver" | "drop" | "ignore";
  /** Whether control frames that arrive are looked at; where messages are ignored nothing is parsed. */
  readonly pings: boolean;
  /** Whether the user may send messages. */
  readonly sends: boolean;
  /** Whether frames may still be sent (§5.5.1: nothing follows a Close). */
  readonly frames: boolean;
  /** Whether the peer's silence is judged, by Pings. */
  readonly pinged: boolean;
  /** Whether the time for closing runs. */
  readonly deadline: boolean;
}

/** What each phase allows. */
export const PHASE_RULES: Readonly<Record<Phase, PhaseRules>> = {
  open: rules("open", "deliver", { pings: true, sends: true, frames: true, pinged: true }),
  leaving: rules("open", "drop", { pings: true, frames: true, deadline: true }),
  answering: rules("open", "ignore", { sends: true, frames: true, deadline: true }),
  failing: rules("open", "ignore", { sends: true, frames: true, deadline: true }),
  sent: rules("closing", "drop", { deadline: true }),
  ending: rules("closing", "ignore", { deadline: true }),
  // What had arrived before is delivered, but nothing goes out any more.
  gone: rules("closed", "deliver", {}),
};

function rules(
  state: PhaseRules["state"],
  messages: PhaseRules["messages"],
  flags: Partial<Omit<PhaseRules, "state" | "messages">>,
): PhaseRules {
  const none = { pings: false, sends: false, frames: false, pinged: false, deadline: false };
  return { state, messages, ...none, ...flags };
}
