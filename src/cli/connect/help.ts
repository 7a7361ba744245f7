/** The text of `barewire connect --help`. */

import { DIALING_HELP } from "../dialing/options.ts";

export const CONNECT_HELP = `Usage: barewire connect [options] URL
       barewire connect [options] --listen PORT

Talks to a WebSocket server (ws: or wss:), or as one. Each line of the input is
sent as a text message; what comes back is printed, all else is told on stderr.
The end of the input (Ctrl-D) or Ctrl-C closes the connection; Ctrl-C once more
ends it at once.

The URL may leave out its scheme (example.com/chat, localhost:8199/ws), the name
of this machine (:8199/ws), or be the path of a Unix socket (./app.sock:/chat).

What is sent:
  -x, --send TEXT          send this first, and then the input; may be repeated
  -1, --once               send one message, print the first reply, and close;
                           the message is the whole input (without its last
                           line end), or that of --send
  -b, --binary             send binary messages; an input that is no terminal is
                           sent as it comes, in pieces of up to 64 KiB
  -0, --null               messages end with a zero byte in place of a line end,
                           in the input and in the output
      --split HOW          where the input is cut into messages: line, null,
                           none (as it comes), or a size for pieces of at most
                           that
      --no-input           do not read the input
  -w, --wait SECONDS       after the end of the input, go on until nothing has
                           come for so long (default 1, at a terminal 0), or
                           "forever"
      --no-slash           send lines with a slash like others; otherwise /help
                           at a terminal lists what can be done with them
      --no-history         do not keep what is typed (in the file that
                           BAREWIRE_HISTORY names, or the user's own)

What is printed:
      --show LIST          what stands in front of a message: mark,time,size or
                           none (default: all of it at a terminal, else none,
                           and none with --once)
      --bytes HOW          binary messages as hex, base64 or raw (default hex;
                           raw with --binary, unless the output is a terminal)
  -j, --json               indent JSON
      --color WHEN         always, never or auto, which heeds FORCE_COLOR and
                           NO_COLOR (default auto)
  -v, --verbose            tell about the handshake, TLS, the connection, and
                           each Ping and Pong that comes
  -q, --quiet              tell nothing but failures

The connection:
      --ping SECONDS       ping at this interval and tell the round-trip time
  -r, --reconnect          connect again when the connection cannot be made, or
                           ends without your doing; --send is sent anew
      --max-size BYTES     largest message to receive (default 64M)
      --max-messages N     close after so many received messages
  -e, --exec COMMAND       run this in a shell for each connection: what it
                           prints is sent, what comes is its input

As a server:
  -l, --listen PORT        wait for clients at PORT or HOST:PORT (host default
                           127.0.0.1, "*" for every address); what is typed goes
                           to all of them
      --tls                wss, with a certificate made on the fly; or --cert
      --max-connections N  clients at a time (default 100)
  Here --header, --subprotocol and --compress are for the answer, --auth is what
  clients must have, --ca is for their certificates, and --origin lets pages of
  that origin connect, too ("*" for all, several between commas).

${DIALING_HELP}
  -h, --help               show this

A value @FILE keeps a secret out of the list of processes. Secrets in URLs,
fields and options are not shown in what is told.

Exit codes: 0 closed cleanly, 1 no connection, or it failed, or fewer messages
came than asked for, 2 wrong arguments.
`;
