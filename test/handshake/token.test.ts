import { describe, expect, it } from "vitest";
import {
  isFieldValue,
  isToken,
  listItems,
  parseTokenList,
  trimmed,
} from "../../src/handshake/token.ts";

describe("tokens (RFC 9110 §5.6.2)", () => {
  it("are made of exactly these bytes", () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
    expect(all.filter(isToken).join("")).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    );
  });

  it("are not empty and have no other character anywhere", () => {
    expect(isToken("")).toBe(false);
    expect(isToken("ab c")).toBe(false);
    expect(isToken("ab€")).toBe(false);
    expect(isToken("abc")).toBe(true);
  });
});

describe("field values (RFC 9110 §5.5)", () => {
  it("have no control characters but tab, and nothing above 0xff", () => {
    const all = Array.from({ length: 257 }, (_, code) => code);
    const refused = all.filter((code) => !isFieldValue(`a${String.fromCharCode(code)}b`));
    const controls = all.filter((code) => (code < 32 && code !== 9) || code === 127);
    expect(refused).toEqual([...controls, 256]);
  });

  it("lose the space and tabs around them", () => {
    expect(trimmed("\t a \xa0 ")).toBe("a \xa0");
    expect(trimmed(" \t ")).toBe("");
    expect(trimmed("ab cd ef", 2, 6)).toBe("cd");
  });
});

describe("lists (RFC 9110 §5.6.1)", () => {
  it.each([
    ["", []],
    [" , ,", []],
    ["a", ["a"]],
    [" a\t", ["a"]],
    ["a,b , ,c d", ["a", "b", "c d"]],
  ])("%j has the items %j", (value, items) => {
    expect(listItems(value)).toEqual(items);
  });

  it("of tokens have nothing else in them", () => {
    expect(parseTokenList("a, b")).toEqual(["a", "b"]);
    expect(parseTokenList("a b")).toBeUndefined();
    expect(parseTokenList('"a", b')).toBeUndefined();
  });
});
