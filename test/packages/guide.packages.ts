import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { ask, exampleAmong, examplesOf, mistakesIn, run } from "./example-programs.ts";

// The examples of the guide that need other packages: in fences of "ts packages".

const EXAMPLES = examplesOf("docs/guide.md");
const exampleWith = (what: string): string => exampleAmong(EXAMPLES, what);

describe("the guide's examples with other packages", () => {
  it("are there, and compile", () => {
    expect(EXAMPLES.length).toBe(3);
    expect(mistakesIn(EXAMPLES)).toEqual([]);
  });

  it("know a user by the session of Express and passport", async () => {
    const { url } = await run(exampleWith("passport"));
    const nobody = connect(`${url}/chat`);
    await expect(nobody).rejects.toMatchObject({ code: "REFUSED", status: 401 });
    const { status, cookie } = await ask(`${url}/login?name=ann`, "POST");
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^connect\.sid=/)]);
    const ws = await connect(`${url}/chat`, { headers: { Cookie: cookie } });
    await ws.send("hello");
    expect(await ws.receive()).toBe("ann: hello");
    await ws.close();
    const forged = connect(`${url}/chat`, { headers: { Cookie: `${cookie}x` } });
    await expect(forged).rejects.toMatchObject({ status: 401 });
  });

  it("end with Fastify, which would wait for their connections", async () => {
    const closing =
      'process.stdin.once("data", () => fastify.close().then(() => process.exit(7)));';
    const { url, child } = await run(`${exampleWith("preClose")}\n${closing}\n`);
    expect((await ask(`${url}/`)).body).toBe("page");
    const ws = await connect(`${url}/echo`);
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    const exited = once(child, "exit");
    child.stdin?.write("\n");
    expect(await ws.closed).toMatchObject({ code: 1001, clean: true });
    expect((await exited)[0]).toBe(7);
  });

  it("serve @fastify/websocket and barewire on one port", async () => {
    const { url } = await run(exampleWith("@fastify/websocket"));
    for (const whose of ["ours", "theirs"]) {
      const ws = await connect(`${url}/${whose}`);
      await ws.send("hello");
      expect(String(await ws.receive())).toBe(`${whose}: hello`);
      await ws.close();
    }
    await expect(connect(`${url}/nowhere`)).rejects.toMatchObject({ status: 404 });
  });
});
