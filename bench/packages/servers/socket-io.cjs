// Sends back the event "echo".
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { HOST, ready } = require("./control.cjs");

const http = createServer();
const io = new Server(http, { serveClient: false, transports: ["websocket"] });
io.on("connection", (socket) => {
  socket.on("echo", (text) => socket.emit("echo", text));
});
http.listen(0, HOST, () => ready(http.address().port));
