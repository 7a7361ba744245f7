import { expect, it } from "vitest";
import { chooseAnswer } from "../../src/conformance/opening/deflate-offer.ts";

// The judge answered clients without compression that had not offered client_no_context_takeover,
// and 13.2, 13.5 and 13.6 were UNIMPLEMENTED for them; in Autobahn they are run.
it("asks a client for no context takeover whether it has offered that or not", () => {
  const offer = { name: "permessage-deflate", parameters: [] } as const;
  const answer = chooseAnswer([{ noTakeover: true, bits: 0 }], [offer]);
  expect(answer?.field).toBe("permessage-deflate; client_no_context_takeover");
  expect(answer?.parameters.peerNoTakeover).toBe(true);
});

it("limits a client's window only when it has offered client_max_window_bits", () => {
  const wish = [{ noTakeover: false, bits: 9 }];
  expect(chooseAnswer(wish, [{ name: "permessage-deflate", parameters: [] }])).toBe(undefined);
  const offer = {
    name: "permessage-deflate",
    parameters: [["client_max_window_bits", undefined] as const],
  };
  expect(chooseAnswer(wish, [offer])?.field).toBe("permessage-deflate; client_max_window_bits=9");
});
