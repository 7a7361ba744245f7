/** What goes from a worker to the primary. */
export type ToRelay =
  | { readonly barewire: "subscribe"; readonly topic: string; readonly id: number }
  | { readonly barewire: "unsubscribe"; readonly topic: string; readonly id: number }
  | { readonly barewire: "publish"; readonly topic: string; readonly message: Uint8Array };

/** What goes from the primary to a worker. */
export type FromRelay =
  | { readonly barewire: "done"; readonly id: number }
  | { readonly barewire: "message"; readonly topic: string; readonly message: Uint8Array }
  | { readonly barewire: "gap"; readonly topic: string };

/** One end of the channel between a worker and the primary, which others use too. */
export interface Channel {
  /**
   * @param onSent told when it has been written, or why it cannot be
   * @throws where the channel is closed, on some versions of Node
   */
  send(message: ToRelay | FromRelay, onSent: (error: Error | null) => void): void;
  /** @returns takes the listener away */
  listen(onMessage: (message: unknown) => void, onClosed: () => void): () => void;
}

/** Whether something that has come through the channel is for a broker or a relay. */
export function isOurs(message: unknown): message is ToRelay | FromRelay {
  return (message as { barewire?: unknown } | null)?.barewire !== undefined;
}
