import { expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { startCluster } from "../topics/broker/started-cluster.ts";

async function cluster() {
  const ports = await startCluster(new URL("cluster-primary.ts", import.meta.url), 2);
  return (worker: 0 | 1, name: string) => connect(`ws://127.0.0.1:${ports[worker]}/${name}`);
}

it("presence joins real workers, one of which dies", async () => {
  const open = await cluster();
  const ann = await open(0, "ann");
  expect(await ann.receive()).toBe("+ann");
  const bob = await open(1, "bob");
  expect(await ann.receive()).toBe("+bob");
  expect([await bob.receive(), await bob.receive()].sort()).toEqual(["+ann", "+bob"]);
  await ann.close();
  expect(await bob.receive()).toBe("-ann");
  const carl = await open(0, "carl");
  expect(await bob.receive()).toBe("+carl");
  expect([await carl.receive(), await carl.receive()].sort()).toEqual(["+bob", "+carl"]);
  await carl.send("die");
  await carl.closed;
  expect(await bob.receive()).toBe("-carl");
  await bob.close();
});

it("presence joins real workers, one of which says that it leaves", async () => {
  const open = await cluster();
  const [ann, bob] = [await open(0, "ann"), await open(1, "bob")];
  for (const expected of ["+ann", "+bob"]) expect(await ann.receive()).toBe(expected);
  await bob.send("close");
  expect(await ann.receive()).toBe("-bob");
  await Promise.all([ann.close(), bob.close()]);
});
