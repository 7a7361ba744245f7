/** Why nothing is parsed at the moment: bits, of which several can be set. */
export const Block = {
  /** Nobody takes messages as yet. */
  noConsumer: 1,
  /** The user has paused the connection. */
  paused: 2,
  /** The handler's `open` takes its time. */
  opening: 4,
  /** The inbox is full. */
  full: 8,
  /** A message is being inflated, and those behind it wait. */
  inflating: 16,
  /** This connection has used up its share of the turn. */
  share: 32,
  /** The peer has sent more than it may. */
  rate: 64,
} as const;

/** These bound this side's work, and so hold up messages that are to be dropped, too. */
export const WORK = Block.share | Block.rate;
