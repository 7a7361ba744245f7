/** A proxy that answers by a script, whatever it is asked. */

import { createServer, type Server, type Socket, connect as tcp } from "node:net";

/** Answers each chunk that arrives with the next of its answers. */
export class ScriptedProxy {
  /** What has arrived, chunk by chunk, in hexadecimal digits. */
  readonly heard: string[] = [];
  /** The client's end of the connection and the proxy's. */
  readonly sockets: Socket[] = [];
  #server: Server | undefined;

  /**
   * Starts it, with a connection to it.
   *
   * @param answers in hexadecimal digits; null ends the connection
   * @returns the client's end
   */
  async open(...answers: (string | null)[]): Promise<Socket> {
    let accepted = (): void => {};
    const acceptance = new Promise<void>((resolve) => {
      accepted = resolve;
    });
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      accepted();
      const script = [...answers];
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        this.heard.push(chunk.toString("hex"));
        const answer = script.shift();
        if (answer === null) socket.end();
        else if (answer !== undefined) socket.write(Buffer.from(answer.replaceAll(" ", ""), "hex"));
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as { port: number };
    const socket = tcp(port, "127.0.0.1");
    this.sockets.push(socket);
    await Promise.all([acceptance, new Promise((resolve) => socket.once("connect", resolve))]);
    socket.on("error", () => {});
    return socket;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server?.close();
  }
}
