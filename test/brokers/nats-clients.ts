import { connect as connectV3 } from "@nats-io/transport-node";
import { connect as connectV2 } from "nats";
import { onTestFinished } from "vitest";
import { type NatsBrokerOptions, natsBroker } from "../../src/topics/broker/nats/nats.ts";
import { listened } from "./listened.ts";

/** The two clients that NATS has on Node. */
export const CLIENTS = { "@nats-io/transport-node": connectV3, nats: connectV2 };

/** A client by its package. */
export type NatsPackage = keyof typeof CLIENTS;

/** A connection that comes back soon, and ends with the test. */
export async function connection(packageName: NatsPackage, port: number) {
  const options = { maxReconnectAttempts: -1, reconnectTimeWait: 20 };
  const made = await CLIENTS[packageName]({ servers: `127.0.0.1:${port}`, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** A broker on a connection of its own, and what it has told. */
export async function openBroker(
  packageName: NatsPackage,
  port: number,
  options: Omit<NatsBrokerOptions, "connection"> = {},
) {
  return listened(natsBroker({ connection: await connection(packageName, port), ...options }));
}
