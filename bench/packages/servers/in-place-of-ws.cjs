// Preloaded by `node --require`: whoever requires `ws` gets the file that the environment names. It does what an
// "overrides" in package.json does, without a second tree of packages.
const Module = require("node:module");

const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveOrReplace(request, ...rest) {
  if (request === "ws") return process.env.IN_PLACE_OF_WS;
  return resolve.call(this, request, ...rest);
};
