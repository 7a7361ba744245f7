import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/cli/nearest-name.ts";

const NAMES = ["header", "subprotocol", "servername", "send", "split", "insecure", "help"];

describe("nearestName", () => {
  it.each([
    ["haeder", "header"],
    ["headers", "header"],
    ["heder", "header"],
    ["sned", "send"],
    ["sub", "subprotocol"],
    ["insec", "insecure"],
    ["subprotocols", "subprotocol"],
    ["hepl", "help"],
  ])("%s is %s", (text, name) => {
    expect(nearestName(text, NAMES)).toBe(name);
  });

  it.each(["nonsense", "x", "", "se", "verbose", "constructor"])("%j is none of them", (text) => {
    expect(nearestName(text, NAMES)).toBeUndefined();
  });
});
