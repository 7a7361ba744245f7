import { onTestFinished } from "vitest";
import type { Broker } from "../../src/index.ts";

/** A broker that ends with the test, and what it has told. Its errors are left alone. */
export function listened(broker: Broker) {
  const [texts, gaps]: [string[], string[]] = [[], []];
  broker.onMessage((_, message) => texts.push(Buffer.from(message).toString()));
  broker.onGap?.((topic) => gaps.push(topic));
  broker.onError?.(() => {});
  onTestFinished(() => broker.close());
  return { broker, texts, gaps };
}
