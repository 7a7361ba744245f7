import type { Broker } from "../broker.ts";

/** Who listens to a broker, until it is closed. */
export abstract class BrokerListeners implements Pick<Broker, "onMessage" | "onGap" | "onError"> {
  /** Nobody is told anything any more. */
  protected closed = false;
  #message: (topic: string, message: Uint8Array) => void = () => {};
  #gap: (topic: string, reason: string) => void = () => {};
  #error: (error: Error) => void = () => {};

  onMessage(listener: (topic: string, message: Uint8Array) => void): void {
    this.#message = listener;
  }

  onGap(listener: (topic: string, reason: string) => void): void {
    this.#gap = listener;
  }

  onError(listener: (error: Error) => void): void {
    this.#error = listener;
  }

  deliver(topic: string, message: Uint8Array): void {
    if (!this.closed) this.#message(topic, message);
  }

  tellGap(topic: string, reason: string): void {
    if (!this.closed) this.#gap(topic, reason);
  }

  protected tellError(error: Error): void {
    if (!this.closed) this.#error(error);
  }
}
