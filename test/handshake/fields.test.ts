import { describe, expect, it } from "vitest";
import { Fields } from "../../src/handshake/fields.ts";

const fields = new Fields([
  ["Host", "a"],
  ["Set-Cookie", "x=1"],
  ["set-cookie", "y=2"],
  ["__proto__", "polluted"],
  ["constructor", "c"],
]);

describe("Fields", () => {
  it("finds fields in any case", () => {
    expect(fields.get("HOST")).toBe("a");
    expect(fields.has("hOST")).toBe(true);
    expect(fields.count("Host")).toBe(1);
    for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ\xc9") {
      const one = new Fields([[`x-${letter}`, "there"]]);
      expect(one.get(`x-${letter}`)).toBe("there");
      expect(one.get(`x-${letter.toLowerCase()}`)).toBe("there");
    }
  });

  it("joins several lines in order and gives them one by one", () => {
    expect(fields.get("Set-Cookie")).toBe("x=1, y=2");
    expect(fields.getAll("SET-COOKIE")).toEqual(["x=1", "y=2"]);
    expect(fields.count("set-cookie")).toBe(2);
  });

  it("says so when there is no such field", () => {
    expect(fields.get("toString")).toBeUndefined();
    expect(fields.getAll("origin")).toEqual([]);
    expect(fields.has("origin")).toBe(false);
    expect(fields.count("origin")).toBe(0);
  });

  it("says whether a name begins in a given way, in any case", () => {
    const fields = new Fields([
      ["Host", "a"],
      ["Sec-WebSocket-Key", "b"],
    ]);
    expect(fields.hasPrefix("sec-websocket-")).toBe(true);
    expect(fields.hasPrefix("Sec-WEB")).toBe(true);
    expect(fields.hasPrefix("websocket")).toBe(false);
    expect(fields.hasPrefix("host-")).toBe(false);
  });

  it("keeps lines in order and names once each", () => {
    expect([...fields].slice(1, 3)).toEqual([
      ["set-cookie", "x=1"],
      ["set-cookie", "y=2"],
    ]);
    expect(fields.names).toEqual(["host", "set-cookie", "__proto__", "constructor"]);
    expect(fields.size).toBe(5);
  });

  it("makes a record in which __proto__ is an entry like any other", () => {
    const record = fields.toRecord();
    expect(Object.getPrototypeOf(record)).toBeNull();
    expect(Object.entries(record)).toEqual([
      ["host", "a"],
      ["set-cookie", "x=1, y=2"],
      ["__proto__", "polluted"],
      ["constructor", "c"],
    ]);
    expect("polluted" in {}).toBe(false);
  });

  it("may be empty", () => {
    expect([...new Fields()]).toEqual([]);
    expect(Object.keys(new Fields().toRecord())).toEqual([]);
  });
});
