import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/index.ts";
import { serve } from "../served.ts";

// The url of a Unix socket had its path as it is: a `:` or `?` in it was taken for the end of the path.
test.each(["a:b", "a%41", "a b?c#d", "ä\\"])(
  "the url of the Unix socket %s leads to it",
  async (name) => {
    const directory = mkdtempSync(join(tmpdir(), "barewire-url-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, name);
    const { address } = await serve({ message: (ws, data) => ws.send(data) }, {}, path);
    expect(address.address).toBe(path);
    const ws = await connect(address.url);
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    await ws.close();
  },
);
