import { describe, expect, it } from "vitest";
import { DIALOGUES, dialogueOf } from "../../bench/packages/dialogues.ts";

describe("the clients of bench:packages", () => {
  it("speak Socket.IO: connect, send events, count those that come back", () => {
    const { first, react } = dialogueOf("socket-io-echo");
    expect(first).toEqual([]);
    expect(react('0{"sid":"x"}', 2)).toEqual({ send: ["40"] });
    const { send = [] } = react('40{"sid":"y"}', 2);
    expect(send).toHaveLength(2);
    expect(react(send[0]!, 2)).toEqual({ send: [send[0]], counts: true });
    expect(react("2", 2)).toEqual({ send: ["3"] });
    expect(react("6", 2)).toEqual({});
  });

  it.each([
    ["graphql-ws-query", "complete"],
    ["graphql-ws-subscription", "next"],
  ])("speak graphql-transport-ws, and count what %s is about", (id, counted) => {
    const { react } = dialogueOf(id);
    const { send = [] } = react('{"type":"connection_ack"}', 3);
    expect(send.map((text) => JSON.parse(text))).toMatchObject([
      { id: "0", type: "subscribe" },
      { id: "1", type: "subscribe" },
      { id: "2", type: "subscribe" },
    ]);
    for (const type of ["next", "complete"]) {
      const again = type === "complete" ? { send: [send[1]] } : {};
      const counts = type === counted ? { counts: true } : {};
      expect(react(JSON.stringify({ id: "1", type }), 3)).toEqual({ ...again, ...counts });
    }
  });

  it("are named, and no others", () => {
    for (const { id } of DIALOGUES) expect(dialogueOf(id).id).toBe(id);
    expect(() => dialogueOf("socket")).toThrow("socket-io-echo");
  });
});
