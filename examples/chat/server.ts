// A chat with rooms. Every browser at http://localhost:8199/?room=lobby&name=ann is in the room "lobby".

import { fileURLToPath } from "node:url";
import { type Connection, Server } from "barewire";

/** How many of the latest messages somebody gets who comes in. */
const HISTORY = 50;

interface Room {
  readonly members: Set<Connection<Member>>;
  readonly history: string[];
}

interface Member {
  readonly name: string;
  readonly room: string;
}

const rooms = new Map<string, Room>();

const server = new Server({
  root: fileURLToPath(new URL("public", import.meta.url)),
  // Pages that somebody has bound to this machine's address are none of this server's.
  hosts: ["localhost", "ip-address"],
  // Nobody writes longer lines, or more of them.
  maxMessageSize: 4096,
  maxMessageRate: 20,
});

server.handle<Member>("/rooms/:room", {
  upgrade(request) {
    const name = (request.query.get("name") ?? "").trim();
    if (name === "" || name.length > 40) return request.reject(400, { body: "choose a name\n" });
    return { data: { name, room: request.params["room"] ?? "" } };
  },
  open(ws) {
    let room = rooms.get(ws.data.room);
    if (room === undefined) {
      room = { members: new Set(), history: [] };
      rooms.set(ws.data.room, room);
    }
    room.members.add(ws);
    for (const line of room.history) ws.send(line);
    announce(room);
  },
  message(ws, data, binary) {
    const room = rooms.get(ws.data.room);
    if (binary || room === undefined) return;
    const line = JSON.stringify({ from: ws.data.name, text: String(data) });
    room.history.push(line);
    if (room.history.length > HISTORY) room.history.shift();
    server.broadcast(line, room.members);
  },
  close(ws) {
    const room = rooms.get(ws.data.room);
    room?.members.delete(ws);
    if (room?.members.size === 0) rooms.delete(ws.data.room);
    else if (room !== undefined) announce(room);
  },
});

/** Tells all in a room who is there. */
function announce({ members }: Room): void {
  const present = [...members].map((member) => member.data.name);
  server.broadcast(JSON.stringify({ present }), members);
}

const { port } = await server.listen({
  port: Number(process.env["PORT"] ?? 8199),
  host: "localhost",
});
console.log(`http://localhost:${port}/`);
