import {
  asBuffers,
  everyChannel,
  type LinkEvents,
  PING_INTERVAL,
  type RedisLink,
  SILENCE_TIMEOUT,
} from "./link.ts";

type Part = string | Uint8Array;
type Listener = (message: Buffer, channel: Buffer) => void;

/** What is used of a client of the package `redis`. */
export interface NodeRedis {
  readonly isReady: boolean;
  readonly options?: { readonly socket?: object };
  duplicate(overrides: object): NodeRedis;
  connect(): Promise<unknown>;
  on(event: string, listener: (value: never) => void): unknown;
  sendCommand(parts: readonly Part[], options: object): Promise<unknown>;
  subscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  sSubscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  unsubscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  sUnsubscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  destroy(): void;
}

/** RESP's types `$` and `+`: strings are to come as the bytes that they are. */
const AS_BYTES = { typeMapping: { 36: Buffer, 43: Buffer } };

/** By two clients of the package `redis`, version 5. */
export class NodeRedisLink implements RedisLink {
  readonly #commands: NodeRedis;
  readonly #subscriptions: NodeRedis;
  readonly #sharded: boolean;
  #listener: Listener = () => {};

  constructor(client: NodeRedis, sharded: boolean) {
    const socket = { ...client.options?.socket, socketTimeout: SILENCE_TIMEOUT };
    const options = { socket, pingInterval: PING_INTERVAL };
    // Commands that wait for the engine to come back are the broker's to count, not the client's.
    this.#commands = client.duplicate({ ...options, disableOfflineQueue: true });
    this.#subscriptions = client.duplicate({ ...options, disableOfflineQueue: true });
    this.#sharded = sharded;
  }

  isReady(): boolean {
    return this.#commands.isReady;
  }

  isSubscribable(): boolean {
    return this.#subscriptions.isReady;
  }

  open(events: LinkEvents): void {
    this.#listener = (message, channel) => events.message(channel.toString(), message);
    this.#commands.on("ready", () => events.ready(everyChannel));
    this.#subscriptions.on("ready", () => events.up(everyChannel));
    for (const client of [this.#commands, this.#subscriptions]) {
      client.on("error", (error: Error) => events.error(error));
      client.connect().catch((error: Error) => events.error(error));
    }
  }

  command(parts: readonly Part[]): Promise<unknown> {
    return this.#commands.sendCommand(asBuffers(parts), AS_BYTES);
  }

  async subscribe(channel: string): Promise<void> {
    const client = this.#subscriptions;
    if (this.#sharded) await client.sSubscribe(channel, this.#listener, true);
    else await client.subscribe(channel, this.#listener, true);
  }

  async unsubscribe(channel: string): Promise<void> {
    const client = this.#subscriptions;
    if (this.#sharded) await client.sUnsubscribe(channel, this.#listener, true);
    else await client.unsubscribe(channel, this.#listener, true);
  }

  close(): void {
    for (const client of [this.#commands, this.#subscriptions]) {
      // It throws where it was never connected.
      try {
        client.destroy();
      } catch {}
    }
  }
}
