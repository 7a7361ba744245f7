/**
 * The memory of a testee, against its own plateau: what it takes when messages of honest clients have
 * passed through it until it takes no more. A managed runtime keeps garbage there that a fixed number
 * would charge to the first case.
 */
import { openWebSocket } from "../drive/open.ts";
import { clientFrame, RawConnection } from "../drive/raw-connection.ts";
import { Attempt } from "../drive/sighting.ts";
import type { Growth } from "../observation.ts";
import type { Testee } from "../testee.ts";
import { OPCODE } from "../wire/frame.ts";
import { residentBytes } from "./process-tree.ts";

/** Milliseconds between two looks. */
const INTERVAL = 50;
const MIB = 2 ** 20;
/** Bytes that pass in one round, and in all rounds at most. */
const ROUND = 32 * MIB;
const MOST = 512 * MIB;
/** A round that adds less than this has reached the plateau. */
const FLAT = 4 * MIB;
const MESSAGE = 64 * 1024;
/** Messages under way at one time. */
const DEPTH = 8;
/** Longest wait for one echo, and for memory to settle, in milliseconds. */
const ECHO_WAIT = 5000;
const SETTLE_WAIT = 2000;

/** Watches one process and its children. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #testee: Testee;
  #plateau: number | undefined;

  constructor(pid: number, testee: Testee) {
    this.#pid = pid;
    this.#testee = testee;
  }

  /** Does something and says by how much memory grew over the plateau, or over what there was before. */
  async watch<T>(act: () => Promise<T>): Promise<{ readonly value: T; readonly growth: Growth }> {
    this.#plateau ??= await this.#reachPlateau();
    // What the case before has left is not charged to this one.
    const before = Math.max(this.#plateau, await this.#settled());
    const { most, value } = await this.#most(act);
    return { value, growth: { before, most } };
  }

  /** Runs `act`, and looks at the memory meanwhile; `most` is `undefined` once the process is gone. */
  async #most<T>(act: () => Promise<T>): Promise<{ value: T; most: number | undefined }> {
    let most: number | undefined = 0;
    const look = async () => {
      const now = await residentBytes(this.#pid);
      most = now === undefined || most === undefined ? undefined : Math.max(most, now);
    };
    const timer = setInterval(() => void look(), INTERVAL);
    try {
      const value = await act();
      await look();
      return { value, most };
    } finally {
      clearInterval(timer);
    }
  }

  async #settled(): Promise<number> {
    const deadline = performance.now() + SETTLE_WAIT;
    let last = (await residentBytes(this.#pid)) ?? 0;
    while (performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 4 * INTERVAL));
      const now = (await residentBytes(this.#pid)) ?? 0;
      if (Math.abs(now - last) < MIB) return now;
      last = now;
    }
    return last;
  }

  async #reachPlateau(): Promise<number> {
    let plateau = (await residentBytes(this.#pid)) ?? 0;
    for (let passed = 0; passed < MOST; passed += ROUND) {
      const { most = 0, value: echoed } = await this.#most(() => this.#round());
      const grew = most - plateau;
      plateau = Math.max(plateau, most);
      if (!echoed || (grew < FLAT && passed > 0)) break;
    }
    return plateau;
  }

  /** Sends a round of messages and reads their echoes; false where they do not come. */
  async #round(): Promise<boolean> {
    const attempt = new Attempt(false);
    attempt.recorder.enable(false);
    const opened = await openWebSocket(this.#testee, undefined, attempt).catch(() => undefined);
    if (opened === undefined) return false;
    const connection = new RawConnection(opened.line, { start: "", fields: [], raw: "" });
    const frame = clientFrame(OPCODE.binary, Buffer.alloc(MESSAGE, "x"));
    try {
      if (opened.opening.is !== "open") return false;
      for (let i = 0; i < DEPTH; i++) connection.send(frame);
      for (let passed = 0; passed < ROUND; passed += MESSAGE) {
        if ((await connection.message(ECHO_WAIT)) === undefined) return false;
        connection.send(frame);
      }
      return true;
    } finally {
      connection.abort();
    }
  }
}
