import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { choosePeers, clients, nameOf, servers } from "../../bench/peers.ts";
import { allScenarios, selectScenarios } from "../../bench/scenarios/all.ts";
import { isForWorkers, withBefore, withWorkers } from "../../bench/twins.ts";

function chosen(scenario: string, names: readonly string[] = []): string[] {
  const [found] = selectScenarios([scenario]);
  return choosePeers(found!, names).map(({ id }) => id);
}

test("slow peers take part where the scenario asks for them, and where they are named", () => {
  expect(chosen("pipelined-64-binary")).toContain("websocket");
  expect(chosen("pipelined-16k")).not.toContain("websocket");
  expect(chosen("pipelined-16k", ["ws", "websocket"])).toEqual(["ws", "websocket"]);
});

test("ws with strings takes part where messages are text, and nowhere else", () => {
  expect(chosen("large-text")).toContain("ws-strings");
  expect(chosen("compressed-large-narrow")).toEqual(["barewire", "ws", "ws-strings"]);
  for (const scenario of ["large-binary", "handshake", "memory", "broadcast"]) {
    expect(chosen(scenario)).toContain("ws");
    expect(chosen(scenario)).not.toContain("ws-strings");
  }
  expect(chosen("large-binary", ["ws", "ws-strings"])).toEqual(["ws"]);
});

test("barewire in the place of ws takes part where it is named", () => {
  expect(chosen("pipelined-64-ascii")).not.toContain("barewire-ws");
  expect(chosen("pipelined-64-ascii", ["barewire"])).not.toContain("barewire-ws");
  expect(chosen("pipelined-64-ascii", ["barewire-ws", "ws"])).toEqual(["ws", "barewire-ws"]);
});

test("socket.io takes part where it is asked for, and speaks a protocol of its own", () => {
  expect(chosen("fleet-1")).toEqual(["barewire-topics", "socket.io"]);
  expect(chosen("chat-1", ["barewire", "socket.io"])).not.toContain("socket.io");
});

test("those that have topics take part where subscriptions are weighed", () => {
  expect(chosen("subscriptions-own")).toEqual(["barewire-topics", "uws", "bun"]);
});

test("only peers that compress the same way take part in compressed scenarios", () => {
  expect(chosen("compressed-narrow-16")).toEqual(["barewire", "ws"]);
  expect(chosen("compressed-narrow-16", ["bun", "ws"])).toEqual(["ws"]);
});

describe("the forms of barewire", () => {
  test("are those that the scenario has, a handler object by default", () => {
    expect(chosen("large-binary", ["barewire"])).toEqual(["barewire"]);
    expect(chosen("pipelined-64-ascii", ["barewire", "ws"])).toEqual([
      "barewire",
      "barewire-for-await",
      "barewire-receive",
      "ws",
    ]);
    expect(chosen("pipelined-64-ascii", ["barewire-receive"])).toEqual(["barewire-receive"]);
    expect(chosen("parts", ["barewire"])).toEqual(["barewire-parts"]);
  });

  test("are named in words", () => {
    expect(nameOf("barewire")).toBe("barewire: handler object");
    expect(nameOf("barewire-for-await")).toBe("barewire: for await");
    expect(nameOf("barewire-for-await@2 workers")).toBe("barewire@2 workers: for await");
    expect(nameOf("ws@2 workers")).toBe("ws@2 workers");
    expect(nameOf("ws-strings")).toBe("ws-strings");
  });
});

test("there is a file for each peer in each scenario", () => {
  for (const scenario of allScenarios) {
    const folder = scenario.side === "client" ? "clients" : "peers";
    const all = (scenario.side === "client" ? clients : servers).map(({ id }) => id);
    for (const { id, file = id } of choosePeers(scenario, all)) {
      const path = new URL(`../../bench/${folder}/${file}.mjs`, import.meta.url);
      expect(existsSync(path), `${id} in ${scenario.id}`).toBe(true);
    }
  }
});

describe("twins", () => {
  const [scenario] = selectScenarios(["ping-pong-50"]);
  const peers = choosePeers(scenario!, ["net", "barewire", "ws", "bun"]);

  test("are the forms of barewire as they were before, from another folder", () => {
    const all = withBefore(peers, { name: "abc123", library: "/before" });
    expect(all.map(({ id }) => id)).toEqual([
      "net",
      "barewire",
      "barewire@abc123",
      "barewire-for-await",
      "barewire-for-await@abc123",
      "ws",
      "bun",
    ]);
    expect(all[4]).toMatchObject({ file: "barewire-for-await", library: "/before" });
    expect(withBefore(peers, undefined)).toBe(peers);
  });

  test("are the peers of Node with more and more processes", () => {
    const ids = (most: number) => withWorkers(peers.slice(0, 1), most).map(({ id }) => id);
    expect(ids(1)).toEqual(["net"]);
    expect(ids(2)).toEqual(["net", "net@2 workers"]);
    expect(ids(6)).toEqual(["net", "net@2 workers", "net@4 workers", "net@6 workers"]);
    expect(withWorkers(peers, 2).map(({ id }) => id)).not.toContain("bun");
  });

  test("with more processes need a scenario in which connections have nothing to do with each other", () => {
    const able = allScenarios.filter(isForWorkers).map(({ id }) => id);
    expect(able).toContain("ping-pong-50");
    expect(able).toContain("handshake");
    expect(able).not.toContain("chat-1");
    expect(able).not.toContain("client-ping-pong");
  });
});
