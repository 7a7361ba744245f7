import {
  asBuffers,
  everyChannel,
  type LinkEvents,
  PING_INTERVAL,
  type RedisLink,
  SILENCE_TIMEOUT,
} from "./link.ts";

/** What is used of a client of the package `ioredis`. */
export interface IoRedis {
  readonly status: string;
  readonly stream?: { readonly writable: boolean };
  duplicate(overrides: object): IoRedis;
  connect(): Promise<unknown>;
  on(event: string, listener: (...values: never[]) => void): unknown;
  callBuffer(command: string, ...parts: (string | Uint8Array)[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  ssubscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  sunsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  disconnect(): void;
}

/** By two clients of the package `ioredis`. */
export class IoRedisLink implements RedisLink {
  readonly #commands: IoRedis;
  readonly #subscriptions: IoRedis;
  readonly #sharded: boolean;
  #pings: NodeJS.Timeout | undefined;

  constructor(client: IoRedis, sharded: boolean) {
    const options = {
      lazyConnect: true,
      enableOfflineQueue: false,
      // Sent again, a message would come twice.
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      socketTimeout: SILENCE_TIMEOUT,
    };
    this.#commands = client.duplicate(options);
    this.#subscriptions = client.duplicate(options);
    this.#sharded = sharded;
  }

  isReady(): boolean {
    return isReady(this.#commands);
  }

  isSubscribable(): boolean {
    return isReady(this.#subscriptions);
  }

  open(events: LinkEvents): void {
    const event = this.#sharded ? "smessageBuffer" : "messageBuffer";
    this.#subscriptions.on(event, (channel: Buffer, message: Buffer) => {
      events.message(channel.toString(), message);
    });
    this.#commands.on("ready", () => events.ready(everyChannel));
    // The client itself listens for this event, and turns to the subscriptions of before behind us.
    this.#subscriptions.on("ready", () => process.nextTick(() => events.up(everyChannel)));
    for (const client of [this.#commands, this.#subscriptions]) {
      client.on("error", (error: Error) => events.error(error));
      // That it fails is told by an event, too.
      client.connect().catch(() => {});
    }
    this.#pings = setInterval(() => {
      for (const client of [this.#commands, this.#subscriptions]) {
        if (isReady(client)) client.ping().catch(() => {});
      }
    }, PING_INTERVAL);
    this.#pings.unref();
  }

  command([name, ...parts]: readonly (string | Uint8Array)[]): Promise<unknown> {
    return this.#commands.callBuffer(String(name), ...asBuffers(parts));
  }

  async subscribe(channel: string): Promise<void> {
    if (this.#sharded) await this.#subscriptions.ssubscribe(channel);
    else await this.#subscriptions.subscribe(channel);
  }

  async unsubscribe(channel: string): Promise<void> {
    if (this.#sharded) await this.#subscriptions.sunsubscribe(channel);
    else await this.#subscriptions.unsubscribe(channel);
  }

  close(): void {
    clearInterval(this.#pings);
    this.#commands.disconnect();
    this.#subscriptions.disconnect();
  }
}

/** That the connection is lost shows in its stream first. */
function isReady({ status, stream }: IoRedis): boolean {
  return status === "ready" && stream?.writable === true;
}
