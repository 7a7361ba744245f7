/** What a client does when a server has not opened: it goes where a redirect leads, or says why it gives up. */

import { ArgumentError, HandshakeError } from "../errors.ts";
import type { ResponseHead } from "../handshake/client.ts";
import { shown } from "../options/describe.ts";
import type { ConnectOptions } from "./options.ts";
import { type ClientPlan, type Hop, planHop } from "./plan.ts";
import { forOtherOrigin, judgeRedirect } from "./redirect.ts";
import { type RefusalSource, refusal } from "./refusal.ts";
import { labelOf, type Target } from "./target.ts";

/** How far a client has come. */
export interface Way {
  readonly hop: Hop;
  /** What the hop was planned from. */
  readonly options: ConnectOptions;
  /** Redirects that were followed before. */
  readonly taken: number;
}

/**
 * The next hop after a response that is not 101.
 *
 * @throws HandshakeError `REFUSED`, with the response, where there is none
 */
export async function afterRefusal(
  response: ResponseHead,
  { hop, options, taken }: Way,
  source: RefusalSource,
  plan: ClientPlan,
): Promise<Pick<Way, "hop" | "options">> {
  const redirect = judgeRedirect(response, hop.target, taken, plan);
  if (redirect?.to === undefined) throw await refused(hop, response, source, redirect?.why);
  const next = redirect.sameOrigin ? options : forOtherOrigin(options);
  return { hop: nextHop(redirect.to, next, plan), options: next };
}

function refused(
  { target }: Hop,
  response: ResponseHead,
  source: RefusalSource,
  why: string | undefined,
): Promise<HandshakeError> {
  const { status, statusText } = response;
  const message =
    `${labelOf(target)} refused the opening handshake: ${status} ${shown(statusText)}` +
    (why === undefined ? "" : `; ${why}`);
  return refusal("REFUSED", message, response, source);
}

function nextHop(target: Target, options: ConnectOptions, { hop, env }: ClientPlan): Hop {
  try {
    return planHop(target, options, env);
  } catch (cause) {
    // No mistake of the caller's: it is the server that has chosen this target.
    const reason = cause instanceof ArgumentError ? cause.message : String(cause);
    const message = `${labelOf(hop.target)} redirects to where this client cannot go: ${reason}`;
    throw new HandshakeError("REFUSED", message, { status: 0 }, { cause });
  }
}
