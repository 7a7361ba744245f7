import { randomUUID } from "node:crypto";
import { catchRejection } from "../connection/user-code.ts";
import type { MaybePromise } from "./types.ts";

/** What travels between instances by a {@link SyncDriver}. */
export interface SyncMessage {
  /** `""` for all namespaces. */
  readonly namespace: string;
  /** The topic. */
  readonly topic: string;
  /** Text, or bytes. */
  readonly data: string | Uint8Array;
}

/** The way to the other instances, as `crossws/sync` has several. */
export interface SyncDriver {
  /** Has `deliver` called with what other instances publish. */
  subscribe(deliver: (message: SyncMessage) => void): MaybePromise<void>;
  /** Takes what this one publishes to the others. */
  publish(message: SyncMessage): MaybePromise<void>;
  /** Ends it. */
  close?(): MaybePromise<void>;
}

/** Makes a driver for the instance of this id. */
export type SyncAdapter = (context: { readonly id: string }) => SyncDriver;

/** What a driver has failed at. */
export interface SyncErrorContext {
  /** Subscribing, publishing, or sending to the peers here what has come. */
  readonly stage: "subscribe" | "publish" | "delivery";
}

/** Who is told when a driver fails; it never throws into a `publish`. */
export type OnSyncError = (error: unknown, context: SyncErrorContext) => void;

/** A driver that fails to the side. */
export class Backplane implements SyncDriver {
  readonly #driver: SyncDriver;
  readonly #onError: OnSyncError;

  constructor(make: SyncAdapter, onError: OnSyncError = warn) {
    this.#driver = make({ id: randomUUID() });
    this.#onError = onError;
  }

  subscribe(deliver: (message: SyncMessage) => void): void {
    const guarded = (message: SyncMessage) => this.#guard("delivery", () => deliver(message));
    this.#guard("subscribe", () => this.#driver.subscribe(guarded));
  }

  publish(message: SyncMessage): void {
    this.#guard("publish", () => this.#driver.publish(message));
  }

  async close(): Promise<void> {
    await this.#driver.close?.();
  }

  #guard(stage: SyncErrorContext["stage"], run: () => unknown): void {
    const onError = (error: unknown) => this.#onError(error, { stage });
    try {
      catchRejection(run(), onError);
    } catch (error) {
      onError(error);
    }
  }
}

function warn(error: unknown, { stage }: SyncErrorContext): void {
  process.emitWarning(`the crossws option sync failed (${stage}): ${String(error)}`, {
    code: "BAREWIRE_SYNC_FAILED",
    type: "BarewireWarning",
  });
}
