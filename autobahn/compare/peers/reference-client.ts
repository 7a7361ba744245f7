/** The reference client, with the faults that the third argument names; see ../faulty.ts. */
import { echoClient } from "../../../test/conformance/reference/reference-client.ts";
import { faultsNamed } from "../faulty.ts";
import { runCases } from "./testee.mjs";

const faults = faultsNamed(process.argv[4]);

await runCases(async (url: string, onText?: (text: string) => void) => {
  const { port, pathname, search } = new URL(url);
  // Only cases are where the client is wrong: the suite's own questions it has to understand.
  const own = onText === undefined ? faults : {};
  const messages = await echoClient(Number(port), `${pathname}${search}`, own);
  for (const message of messages) onText?.(message.toString());
});
