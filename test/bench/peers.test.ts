import { expect, test } from "vitest";
import { choosePeers } from "../../bench/peers.ts";
import { selectScenarios } from "../../bench/scenarios/all.ts";

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

test("only peers that compress the same way take part in compressed scenarios", () => {
  expect(chosen("compressed-narrow-16")).toEqual(["barewire", "ws"]);
  expect(chosen("compressed-narrow-16", ["bun", "ws"])).toEqual(["ws"]);
});
