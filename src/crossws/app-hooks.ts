import type { HeadersInit, HookRequest, Hooks, MaybePromise } from "./types.ts";

/** What an app may answer instead of a Response: hooks, and header fields of the 101 response. */
export interface AppAnswer {
  /** The hooks of the connection. */
  readonly crossws?: Hooks;
  /** Header fields of the 101 response; those of the hook `upgrade` win. */
  readonly headers?: HeadersInit;
}

/** The `fetch` of an app. */
export type AppFetch = (request: Request) => MaybePromise<Response | AppAnswer>;

/** Where apps put the hooks of a request, beside its answer, which middleware may build anew. */
const HOOKS = Symbol.for("crossws.hooks");

type RequestWithHooks = HookRequest & { readonly [HOOKS]?: Hooks };

/**
 * Finds the hooks of a request by the app's own routing: the answer has them as its property `crossws`, or the
 * request has them.
 */
export function hooksOfApp(fetch: AppFetch): (request: HookRequest) => Promise<Hooks | undefined> {
  return async (request) => {
    const answer = await fetch(request);
    const attached = (answer as AppAnswer | undefined)?.crossws;
    const hooks = attached ?? hooksOn(request);
    if (!(answer instanceof Response)) {
      return answer?.headers === undefined ? hooks : withHeaders(hooks, answer.headers);
    }
    if (attached === undefined && refuses(answer, hooks)) return { upgrade: () => answer };
    // Nobody will read it.
    answer.body?.cancel().catch(() => {});
    return hooks;
  };
}

/** 426 is what a WebSocket handler answers to whom it takes for no WebSocket client. */
function refuses(answer: Response, hooks: Hooks | undefined): boolean {
  return !answer.ok && !(answer.status === 426 && hooks !== undefined);
}

function hooksOn(request: HookRequest): Hooks | undefined {
  const context = request.context as { readonly [HOOKS]?: Hooks } | undefined;
  return (request as RequestWithHooks)[HOOKS] ?? context?.[HOOKS];
}

function withHeaders(hooks: Hooks | undefined, headers: HeadersInit): Hooks {
  return {
    ...hooks,
    async upgrade(request) {
      const result = await hooks?.upgrade?.(request);
      if (result instanceof Response) return result;
      const all = new Headers(headers);
      for (const [name, value] of new Headers(result?.headers)) all.set(name, value);
      return { ...result, headers: all };
    },
  };
}
