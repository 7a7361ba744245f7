// What the servers share: they say on which port they listen and which file they have for `ws`, and answer each line
// with the processor time that they have taken.
const { createInterface } = require("node:readline");

exports.HOST = "127.0.0.1";

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

exports.ready = (port) => {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", () => {
    const { user, system } = process.cpuUsage();
    say({ cpu: user + system });
  });
  lines.on("close", () => process.exit(0));
  say({ ready: port, ws: require.resolve("ws") });
};
