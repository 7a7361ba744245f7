/** From a plan to an open connection, or to why there is none. */

import { publishEnd, publishError, publishStart } from "../../client/diagnostics.ts";
import { type OpenedClient, openClient } from "../../client/handshake.ts";
import { placeOf } from "../../client/target.ts";
import { ConnectionGroup } from "../../connection/group.ts";
import { toError } from "../../connection/user-code.ts";
import { HandshakeError } from "../../errors.ts";
import { addAbortListener, removeAbortListener } from "../../socket/abort-listeners.ts";
import { transportFor } from "../../socket/choose-transport.ts";
import { type FaceEvents, WebEndpoint } from "../endpoint.ts";
import type { Tasks } from "../tasks.ts";
import { isBadPort } from "./bad-ports.ts";
import { type Leave, queueFor } from "./host-queue.ts";
import type { OpeningPlan } from "./options.ts";

/** What is told of an opening handshake and of what comes of it, in tasks. */
export interface OpeningEvents<Face extends object> extends FaceEvents<Face> {
  /** The connection is there. Nothing of it is read before this task is done. */
  onOpened(face: Face, endpoint: WebEndpoint): void;
}

/**
 * "Establish a WebSocket connection". Where it fails, the face is told that the connection has ended, whatever the
 * cause was.
 */
export class Establishing<Face extends object> {
  readonly #plan: OpeningPlan;
  readonly #face: Face;
  readonly #events: OpeningEvents<Face>;
  readonly #tasks: Tasks;
  readonly #stop = new AbortController();
  #leave: Leave = () => {};
  #endpoint: WebEndpoint | undefined;

  constructor(plan: OpeningPlan, face: Face, events: OpeningEvents<Face>, tasks: Tasks) {
    this.#plan = plan;
    this.#face = face;
    this.#events = events;
    this.#tasks = tasks;
    void this.#run();
  }

  /** Fails the connection, which the face has not been told of as yet. */
  abort(reason: unknown): void {
    this.#stop.abort(reason);
    this.#endpoint?.closing.terminate();
  }

  async #run(): Promise<void> {
    const { url, client } = this.#plan;
    const { signal } = client;
    const event = publishStart(url);
    const onAbort = (): void => this.#stop.abort(signal?.reason);
    try {
      signal?.throwIfAborted();
      if (signal !== undefined) addAbortListener(signal, onAbort);
      this.#checkPort();
      await this.#turn();
      const plan = { ...client, signal: this.#stop.signal };
      const endpoint = await openClient(plan, (opened) => this.#adopt(opened));
      if (event !== undefined) publishEnd(event, endpoint.connection);
    } catch (error) {
      if (event !== undefined) publishError(event, error);
      this.#fail(toError(error));
    } finally {
      if (signal !== undefined) removeAbortListener(signal, onAbort);
      this.#leave();
    }
  }

  #checkPort(): void {
    const { target, dial } = this.#plan.client.hop;
    const isDialled = dial.given === undefined && target.socketPath === undefined;
    if (!isDialled || !isBadPort(target.port)) return;
    const message = `port ${target.port} is of another protocol, and blocked by the Fetch Standard`;
    throw new HandshakeError("CONNECT_FAILED", message, { status: 0 });
  }

  /** Waits until no other connection to the same place is being made. */
  #turn(): Promise<void> {
    if (!this.#plan.oneAtATime) return Promise.resolve();
    const { signal } = this.#stop;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      addAbortListener(signal, onAbort);
      this.#leave = queueFor(placeOf(this.#plan.client.hop.target), () => {
        removeAbortListener(signal, onAbort);
        resolve();
      });
    });
  }

  #adopt({ stream, protocol, extensions, codec, response }: OpenedClient): WebEndpoint {
    const { settings } = this.#plan.client;
    const group = new ConnectionGroup(settings);
    const facts = { protocol, extensions, opening: response.fields };
    const endpoint = new WebEndpoint(
      { stream, transport: transportFor(stream, settings), group, codec },
      facts,
      this.#face,
      this.#events as unknown as FaceEvents<object>,
      this.#tasks,
    );
    this.#endpoint = endpoint;
    this.#tasks.post(() => {
      // Given up meanwhile: it has been terminated, and that will be told.
      if (this.#stop.signal.aborted) return false;
      this.#events.onOpened(this.#face, endpoint);
      this.#tasks.post(() => {
        endpoint.begin();
        return false;
      });
      return true;
    });
    return endpoint;
  }

  #fail(error: Error): void {
    this.#tasks.post(() => {
      const end = { code: 1006, reason: "", clean: false, error };
      this.#events.onClosed(this.#face, end);
      return true;
    });
  }
}
