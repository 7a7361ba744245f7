import type { MessagePort } from "node:worker_threads";
import type { Channel } from "../../../src/topics/broker/channel.ts";

/** One end of a channel as between processes. */
export function channelOver(port: MessagePort): Channel {
  port.unref();
  return {
    send: (message, onSent) => {
      port.postMessage(message);
      setImmediate(onSent, null);
    },
    listen: (onMessage, onClosed) => {
      port.on("message", onMessage);
      port.on("close", onClosed);
      return () => {
        port.off("message", onMessage);
        port.off("close", onClosed);
      };
    },
  };
}
