import { addAbortListener, removeAbortListener } from "../../socket/abort-listeners.ts";
import type { Inbox, InboxItem, Waiter } from "./inbox.ts";

/**
 * Takes the next item of an inbox, waiting for it if need be.
 *
 * @param signal gives up the waiting; nothing is lost, the next call gets the item
 * @returns a promise of it, which rejects with the inbox's end or the signal's reason
 */
export function takeItem(inbox: Inbox, signal?: AbortSignal): Promise<InboxItem> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const item = inbox.take();
  if (item !== undefined) return Promise.resolve(item);
  const { ended } = inbox;
  if (ended !== undefined) return Promise.reject(ended);
  return new Promise((resolve, reject) => {
    const waiter = { resolve, reject };
    inbox.wait(signal === undefined ? waiter : withdrawnOnAbort(inbox, waiter, signal));
  });
}

function withdrawnOnAbort(inbox: Inbox, { resolve, reject }: Waiter, signal: AbortSignal): Waiter {
  const onAbort = () => {
    inbox.withdraw(waiter);
    reject(signal.reason as Error);
  };
  const waiter: Waiter = {
    resolve(item) {
      removeAbortListener(signal, onAbort);
      resolve(item);
    },
    reject(error) {
      removeAbortListener(signal, onAbort);
      reject(error);
    },
  };
  addAbortListener(signal, onAbort);
  return waiter;
}
