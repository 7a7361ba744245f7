/** A server in a process of its own that dies: `node --import tsx mortal-peer.ts PORT LENGTH`. */
import { startReferenceServer } from "./reference-server.ts";

const [port, deadly] = process.argv.slice(2).map(Number);

await startReferenceServer(
  {
    loses: ({ length }) => {
      if (length === deadly) process.exit(3);
      return false;
    },
  },
  port,
);
