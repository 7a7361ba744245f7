import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import * as imported from "ws";

const require = createRequire(import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

it("leaves no ws but barewire's in the tree", () => {
  const { packages } = read("package-lock.json");
  const found = Object.keys(packages).filter((path) => /node_modules\/ws$/.test(path));
  expect(found).toEqual(["node_modules/ws"]);
  expect(packages["node_modules/ws"]).toMatchObject({ link: true });
  expect(require("ws/package.json").name).toBe("barewire-ws");
});

it("gives the same classes to who imports and to who requires", () => {
  const required = require("ws");
  expect(required).toBe(imported.default);
  expect(required).toBe(imported.WebSocket);
  expect(required.Server).toBe(imported.WebSocketServer);
  expect(required.createWebSocketStream).toBe(imported.createWebSocketStream);
});
