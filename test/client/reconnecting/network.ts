/** A network between a client and a server, which can be cut without either side hearing of it. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export class Network {
  readonly url: string;
  readonly #pairs: (readonly [Socket, Socket])[] = [];

  private constructor(port: number) {
    this.url = `ws://127.0.0.1:${port}/`;
  }

  /** Leads to a port of 127.0.0.1. */
  static async to(port: number): Promise<Network> {
    const server = createServer((near) => network.#join(near, connect(port, "127.0.0.1")));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const network = new Network((server.address() as AddressInfo).port);
    onTestFinished(() => {
      server.close();
      for (const socket of network.#pairs.flat()) socket.destroy();
    });
    return network;
  }

  /** Lets nothing through any more on the connections that there are, and resets none. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  }

  #join(near: Socket, far: Socket): void {
    this.#pairs.push([near, far]);
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
  }
}
