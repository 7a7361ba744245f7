/** The text of `barewire bench --help`. */

import { DIALING_HELP } from "../dialing/options.ts";

export const BENCH_HELP = `Usage: barewire bench [options] URL

Loads a WebSocket server that echoes, and measures how long its echoes take.
Each echo is compared with what was sent. Load only servers of yours, or whose
owner has agreed.

The load:
  -c, --connections N      connections (default 10)
  -r, --rate N             messages in a second, of all connections together
                           (default 1000); each is due at its time, whether or
                           not those before it have come back, and what it waits
                           counts. Or "max": the next goes when one comes back,
                           which shows what the server can do, and hides what
                           waits when it cannot
      --depth N            most messages under way on a connection (default 1
                           with --rate max, else 1000)
      --size BYTES         bytes of a message (default 64)
  -m, --message TEXT       send this in place of messages that are made up;
                           @FILE takes it from a file
  -b, --binary             send binary messages
      --skip N             pass over the first N messages of the server on each
                           connection: a greeting (default 0)
  -d, --duration SECONDS   time that is measured (default 10)
      --warm-up SECONDS    time before that (default 1)
  -p, --processes N        share the load among so many processes, where one has
                           no core left (default 1)
      --json               print the result as JSON

${DIALING_HELP}
  -h, --help               show this

Exit codes: 0 all came back, 1 something did not, or no connection, 2 wrong
arguments. Ctrl-C ends the load, and tells what was measured; exit code 1.
`;
