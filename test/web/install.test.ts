import { afterEach, describe, expect, it } from "vitest";
import {
  CloseEvent,
  ErrorEvent,
  install,
  WebSocket,
  WebSocketError,
  WebSocketStream,
} from "../../src/web/web.ts";
import { echo, next, socketTo } from "./sockets.ts";

let undo: (() => void) | undefined;
afterEach(() => undo?.());

const globals: {
  readonly WebSocket?: unknown;
  readonly WebSocketStream?: unknown;
  readonly WebSocketError?: unknown;
  readonly CloseEvent?: unknown;
  readonly ErrorEvent?: unknown;
} = globalThis;

describe("install()", () => {
  it("makes the classes the global ones, and takes that back", () => {
    const names = ["WebSocket", "WebSocketStream", "WebSocketError", "CloseEvent", "ErrorEvent"];
    const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
    undo = install();
    expect(globals.WebSocket).toBe(WebSocket);
    expect(globals.WebSocketStream).toBe(WebSocketStream);
    expect(globals.WebSocketError).toBe(WebSocketError);
    undo();
    expect(names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))).toEqual(before);
  });

  it("leaves the events that are there, and adds those that are not", () => {
    class Own extends Event {}
    const before = Object.getOwnPropertyDescriptor(globalThis, "CloseEvent");
    Object.defineProperty(globalThis, "CloseEvent", { value: Own, configurable: true });
    const error = Object.getOwnPropertyDescriptor(globalThis, "ErrorEvent");
    Reflect.deleteProperty(globalThis, "ErrorEvent");
    try {
      undo = install();
      expect(globals.CloseEvent).toBe(Own);
      expect(globals.ErrorEvent).toBe(ErrorEvent);
      undo();
      expect("ErrorEvent" in globalThis).toBe(false);
    } finally {
      Reflect.deleteProperty(globalThis, "CloseEvent");
      if (before !== undefined) Object.defineProperty(globalThis, "CloseEvent", before);
      if (error !== undefined) Object.defineProperty(globalThis, "ErrorEvent", error);
    }
  });

  it("is not needed for events to be instances of Node's own classes, where it has some", async () => {
    const { url } = await echo();
    const socket = socketTo(url);
    await next(socket, "open");
    socket.send("x");
    const message = await next(socket, "message");
    expect(message).toBeInstanceOf(globalThis.MessageEvent);
    socket.close();
    const end = await next(socket, "close");
    expect(end).toBeInstanceOf(CloseEvent);
    const theirs = globals.CloseEvent as (new () => unknown) | undefined;
    expect(theirs === undefined || end instanceof theirs).toBe(true);
  });
});
