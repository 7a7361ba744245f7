import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { PAGE_HEADERS, sendPageHeaders } from "../../../src/cli/serve/page-headers.ts";

/** The port of an HTTP server that answers everything with nothing. */
async function answering(): Promise<number> {
  const server = createServer((_request, response) => response.end());
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

it("the fields of the page are those of its own server, and of no other in the process", async () => {
  const [page, other] = [await answering(), await answering()];
  sendPageHeaders(page);
  const fieldsOf = async (port: number) => {
    const { headers } = await fetch(`http://127.0.0.1:${port}/`);
    return Object.keys(PAGE_HEADERS).filter((name) => headers.has(name));
  };
  expect(await fieldsOf(page)).toEqual(Object.keys(PAGE_HEADERS));
  expect(await fieldsOf(other)).toEqual([]);
});
