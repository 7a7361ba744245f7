import type { BufferBudget } from "../connection/buffer-budget.ts";
import { ConnectionGroup, type Memberships } from "../connection/group.ts";
import {
  CONNECTION_OPTION_NAMES,
  type ConnectionOptions,
  type ConnectionSettings,
  connectionSettings,
} from "../connection/options.ts";
import { RequestInfo } from "../connection/request-info.ts";
import { catchRejection } from "../connection/user-code.ts";
import { ArgumentError } from "../errors.ts";
import { checkOriginRule, type OriginRule } from "../handshake/gate/origin.ts";
import { isToken } from "../handshake/token.ts";
import { checkOptionNames, givenOptions } from "../options/checks.ts";
import { ROUTE_OPTIONS, type RouteOptions, type ServerOptions } from "./options.ts";

/** Most groups of upgrades with options of their own that a route keeps for the next ones. */
const MOST_DERIVED = 100;

/** The checked options of a route. */
export interface RouteSettings {
  /** Of all its connections, but for those whose upgrade had options of its own. */
  readonly group: ConnectionGroup;
  readonly origin: OriginRule;
  readonly protocols: readonly string[];
  /** What {@link group} was made of. */
  readonly given: ConnectionOptions;
  /** The groups of upgrades with options of their own, by what these say. */
  readonly derived: Map<string, ConnectionGroup>;
}

/**
 * @param budget what all connections of the server may hold
 * @param memberships what they are subscribed to
 * @throws ArgumentError
 */
export function routeSettings(
  server: ServerOptions,
  route: RouteOptions,
  budget?: BufferBudget,
  memberships?: Memberships,
): RouteSettings {
  checkOptionNames("handle", route, ROUTE_OPTIONS);
  const given = { ...server, ...givenOptions(route) };
  const protocols = given.protocols ?? [];
  if (!Array.isArray(protocols) || !protocols.every((name) => isToken(name))) {
    throw new ArgumentError(
      "protocols is a list of subprotocol names, each a token (RFC 6455 §4.1)",
    );
  }
  return {
    group: serverGroup(connectionSettings(given, "server"), budget, memberships),
    origin: withoutRejections(checkOriginRule(given.origin ?? "same-origin")),
    protocols,
    given,
    derived: new Map(),
  };
}

/**
 * The group of a connection whose upgrade may have had options of its own: that of its route where it had
 * none, else one that it shares with others whose upgrades said the same.
 *
 * @throws ArgumentError
 */
export function groupFor(
  { group, given, derived }: RouteSettings,
  options: ConnectionOptions,
): ConnectionGroup {
  const own = Object.entries(options).filter(
    ([name, value]) =>
      value !== undefined && value !== null && CONNECTION_OPTION_NAMES.includes(name),
  );
  if (own.length === 0) return group;
  const key = JSON.stringify(own, (_, value: unknown) =>
    // Infinity is null in JSON, and the text of a number is no number.
    typeof value === "number" ? { number: `${value}` } : value,
  );
  const known = derived.get(key);
  if (known !== undefined) return known;
  const settings = connectionSettings({ ...given, ...Object.fromEntries(own) }, "server");
  const made = serverGroup(settings, group.budget, group.memberships);
  if (derived.size >= MOST_DERIVED) derived.clear();
  derived.set(key, made);
  return made;
}

function serverGroup(
  settings: ConnectionSettings,
  budget: BufferBudget | undefined,
  memberships: Memberships | undefined,
): ConnectionGroup {
  return new ConnectionGroup(settings, budget, undefined, memberships, RequestInfo.fromText);
}

/** A promise is no answer of an origin function, and refused; so nobody else sees to its rejection. */
function withoutRejections(rule: OriginRule): OriginRule {
  if (typeof rule !== "function") return rule;
  return (origin, head) => {
    const allowed = rule(origin, head);
    catchRejection(allowed, () => {});
    return allowed;
  };
}
