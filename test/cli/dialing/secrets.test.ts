import { describe, expect, it } from "vitest";
import {
  isSecretName,
  maskSecrets,
  secretsOfField,
  secretsOfUrl,
} from "../../../src/cli/dialing/secrets.ts";

describe("isSecretName", () => {
  it.each([
    "Authorization",
    "Cookie",
    "set-cookie",
    "X-Api-Key",
    "access_token",
    "password",
    "sig",
  ])("%s is one", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(["Sec-WebSocket-Key", "Sec-WebSocket-Accept", "Host", "Origin", "design", "room"])(
    "%s is none",
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );
});

describe("secrets", () => {
  it("of a URL are its password and what is called so in the query, also decoded", () => {
    expect(secretsOfUrl("ws://user:p%40ss@h/?token=a%20b&x=1")).toEqual(
      expect.arrayContaining(["p%40ss", "p@ss", "a%20b", "a b"]),
    );
    expect(secretsOfUrl("no url")).toEqual([]);
  });

  it("of a field are its value and the parts of it", () => {
    expect(secretsOfField("Authorization", "Bearer abcdef")).toEqual(["Bearer abcdef", "abcdef"]);
    expect(secretsOfField("Cookie", "a=1234; sid=5678")).toEqual([
      "a=1234; sid=5678",
      "1234",
      "5678",
    ]);
    expect(secretsOfField("X-Api-Key", "abcdef==")).toContain("abcdef==");
    expect(secretsOfField("Host", "example.com")).toEqual([]);
  });
});

describe("maskSecrets", () => {
  it("masks each wherever it is, the longest first", () => {
    expect(maskSecrets("a secret and secret2", ["secret", "secret2"])).toBe("a *** and ***");
  });

  it("leaves alone what is too short to be told from other words", () => {
    expect(maskSecrets("a b c", ["a", ""])).toBe("a b c");
  });
});
