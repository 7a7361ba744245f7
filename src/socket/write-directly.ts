/**
 * Hands bytes to a socket's handle without going through `node:stream`, as long as the operating
 * system takes all of them at once, which it nearly always does. Node keeps a request object per
 * write for the case that it does not; here one is used again until a write really needs it.
 *
 * What it buys: 0.9 of 7.8 µs per write on Node 20, 0.6 of 7.5 on 24 (docs/performance.md). The class
 * of the request objects has no public name, so it is taken from what Node itself gives to a handle.
 * Node 26, and 24 from 24.22 on, give none to a write that succeeds at once, and sockets write as usual there.
 */

import { Socket, type SocketConstructorOpts } from "node:net";
import { getSystemErrorName } from "node:util";
import { handleOf, isNodeBetween, isSystemHandle } from "./system-handle.ts";

/** Node's own record of a write that takes time. */
interface WriteRequest {
  /** The number of the write that it stands for, -1 where it stands for none. */
  getAsyncId(): number;
  /** Keeps the bytes alive. */
  buffer?: Uint8Array;
  oncomplete?: (status: number) => void;
}

interface Handle {
  /** @returns 0 or a negative error number; `request` is taken only if not all was written */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

/** Who writes. */
export interface DirectWriter {
  /** All bytes of the write that was pending are with the operating system, and may change. */
  onDrain(): void;
}

/** The versions that `.ci/run` tests, and those between; see above for 26. */
const OLDEST = 20;
const NEWEST = 25;

const NO_WRITE = -1;

const Request = findRequestClass();
let spare = Request === undefined ? undefined : new Request();

/** Whether {@link writeDirectly} can write to this kind of socket on this Node. */
export function canWriteDirectly(socket: Socket): boolean {
  if (spare === undefined) return false;
  const handle = handleOf(socket);
  // Others, such as those of TLS, never write at once.
  return handle !== undefined && isSystemHandle(handle);
}

/**
 * Writes `bytes` to a socket for which {@link canWriteDirectly} was true.
 *
 * @returns "written": they are with the operating system, and `bytes` may change; "pending": until
 * `onDrain` of `writer` is called they must not, and if it fails the socket is destroyed with the
 * error; "refused": nothing was done, since the socket holds other bytes, has ended or reports an
 * error, and `socket.write` is to be used, which deals with all of these
 */
export function writeDirectly(
  socket: Socket,
  bytes: Uint8Array,
  writer: DirectWriter,
): "written" | "pending" | "refused" {
  const handle = handleOf<Handle>(socket);
  if (
    handle === undefined ||
    spare === undefined ||
    !socket.writable ||
    socket.writableLength > 0
  ) {
    return "refused";
  }
  const request = spare;
  if (handle.writeBuffer(request, bytes) !== 0) return "refused";
  if (request.getAsyncId() === NO_WRITE) return "written";
  spare = new Request!();
  request.buffer = bytes;
  request.oncomplete = (status) => {
    if (status === 0) writer.onDrain();
    else if (!socket.destroyed) socket.destroy(writeError(status));
  };
  return "pending";
}

/** As Node makes it of a write that fails. */
function writeError(status: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: "write" });
}

/** The class of write requests, undefined where it cannot be had. */
function findRequestClass(): (new () => WriteRequest) | undefined {
  if (!isNodeBetween(OLDEST, NEWEST)) return undefined;
  try {
    const given = givenRequest();
    if (typeof given?.getAsyncId !== "function") return undefined;
    const found = given.constructor as new () => WriteRequest;
    return new found().getAsyncId() === NO_WRITE ? found : undefined;
  } catch {
    // Another runtime that gives the version of a Node.
    return undefined;
  }
}

/** Lets Node write to a handle that only looks at what it is given. */
function givenRequest(): WriteRequest | null | undefined {
  let given: WriteRequest | null | undefined;
  const done = () => 0;
  const handle = {
    writeBuffer(request: WriteRequest | null) {
      given = request;
      return 0;
    },
    readStart: done,
    readStop: done,
    getAsyncId: () => 1,
    close: (closed?: () => void) => closed?.(),
  };
  const socket = new Socket({ handle, manualStart: true } as SocketConstructorOpts);
  socket.on("error", () => {});
  socket.write(Buffer.alloc(1));
  socket.destroy();
  return given;
}
