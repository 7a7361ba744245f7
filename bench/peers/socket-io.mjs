// socket.io as its README has it, with the adapter for Redis as that one's README has it. Only WebSockets, and no
// pings of its own, since the load does not speak all of its protocol.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { checkMode, HOST, MAX_MESSAGE, options, ready } from "./control.mjs";

checkMode("broadcast");

const publisher = createClient({ url: options.redis });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const http = createServer();
const io = new Server(http, {
  adapter: createAdapter(publisher, subscriber),
  transports: ["websocket"],
  maxHttpBufferSize: MAX_MESSAGE,
  pingInterval: 600_000,
});
io.on("connection", (socket) => {
  socket.join("all");
  socket.on("message", (data) => io.to("all").emit("message", data));
});
http.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(http.address().port));
