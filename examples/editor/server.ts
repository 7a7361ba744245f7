// A text that several people edit at once, by Yjs: http://localhost:8199/#notes is the document "notes".
// Every message is an update of Yjs, in binary. Updates may come in any order and twice.

import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { type Connection, Server } from "barewire";
import { build } from "esbuild";
import * as Y from "yjs";

interface Shared {
  readonly doc: Y.Doc;
  readonly editors: Set<Connection<Shared>>;
}

/** The documents, which this program forgets when it ends. */
const documents = new Map<string, Shared>();

function documentOf(name: string): Shared {
  const known = documents.get(name);
  if (known !== undefined) return known;
  const shared: Shared = { doc: new Y.Doc(), editors: new Set() };
  // Who has sent an update has it already.
  shared.doc.on("update", (update: Uint8Array, from: unknown) => {
    server.broadcast(
      update,
      [...shared.editors].filter((editor) => editor !== from),
    );
  });
  documents.set(name, shared);
  return shared;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const page = readFileSync(here("public/index.html"));
const bundle = await build({
  entryPoints: [here("public/editor.js")],
  bundle: true,
  format: "esm",
  write: false,
});
const script = bundle.outputFiles[0]!.contents;

function answer(response: ServerResponse, type: string, body: Uint8Array): void {
  response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(body);
}

const server = new Server({
  hosts: ["localhost", "ip-address"],
  listener(request, response) {
    if (request.url === "/") answer(response, "text/html", page);
    else if (request.url === "/editor.js") answer(response, "text/javascript", script);
    else response.writeHead(404).end();
  },
});

server.handle<Shared>("/documents/:name", {
  upgrade: (request) => ({ data: documentOf(request.params["name"] ?? "") }),
  open(ws) {
    ws.data.editors.add(ws);
    ws.send(Y.encodeStateAsUpdate(ws.data.doc));
  },
  message(ws, data, binary) {
    if (!binary) return void ws.close(1003, "updates are binary");
    try {
      Y.applyUpdate(ws.data.doc, data as Buffer, ws);
    } catch {
      ws.close(1007, "this is no update");
    }
  },
  close: (ws) => ws.data.editors.delete(ws),
});

const { port } = await server.listen({
  port: Number(process.env["PORT"] ?? 8199),
  host: "localhost",
});
console.log(`http://localhost:${port}/`);
