/** The text of `barewire conform --help`, apart from the suite: the package without it completes it, too. */

export const CONFORM_HELP = `Tests WebSocket servers and clients against RFC 6455 and RFC 7692.

  barewire conform [options] URL...         tests servers that echo, e.g. ws://localhost:9001
  barewire conform --listen PORT [options]  tests clients written for Autobahn's fuzzing server
  barewire conform --spec FILE [options]    does what Autobahn's fuzzingclient.json or
                                            fuzzingserver.json says
  barewire conform diff BEFORE AFTER        compares two reports, ours or Autobahn's;
                                            exit code 1 when something got worse
  barewire conform --list [--json]          shows the cases, each with its rule

  --cases LIST      patterns of cases to run, e.g. 1.*,6.4.* (all;
                    with --listen Autobahn's)
  --exclude LIST    patterns of cases to leave out
  --agent NAME      name of the server in reports (its Server field)
  --jobs N          cases side by side, at most (8): fewer while the server is slow
  --timeout S       upper limit for one case in seconds (60, with --full 480)
  --retries N       repeats by itself a case that failed because a wait ran out (1)
  --start CMD       starts the server, and again after a crash; section 25 judges its memory, too
  --full            1000 messages in every case of sections 12 and 13, as Autobahn sends them;
                    else each sends 8 to 300 messages, at most 1 MiB
  --out DIR         folder for reports (reports)
  --strict          NON-STRICT and unclean closes count as failed
  --expect FILE     verdicts that are known, with their reasons: what is worse fails the run, and
                    so does what is better; cases that FILE does not have are expected to be OK
  --allow-better    with --expect: what is better than expected is no failure
  --write-expect FILE  writes the verdicts of this run as such a file; keeps reasons that it has
  --format FORM     what is printed: console, json, junit, sarif, markdown or tap (console)
  --list            shows the cases that --cases names: number, strength and place of the rule, what
                    is sent; those for servers with a URL, those for clients with --listen
  --json            with --list: as JSON
  --header "N: V"   field for every request; may be repeated
  --origin ORIGIN   Origin of every request
  --http2           WebSockets over HTTP/2 (RFC 8441): prior knowledge for ws://, ALPN for wss://;
                    adds section 26, leaves out section 20
  --pid PID         process of the server on this machine: its memory, and that of its children,
                    is judged, too
  --ca FILE         certificates to trust, PEM
  --insecure        accept any certificate
  --host ADDRESS    address to listen on (127.0.0.1)
  --cert FILE --key FILE   listen with TLS
  --once            ends after a client has asked for its reports
  --exec CMD        starts the client; {url} in CMD is the address, also in CONFORM_URL
  -v, --version     the version
  -h, --help        this text

Exit codes: 0 nothing failed, or all is as expected; 1 something failed or was not run, or is not as
expected; 2 nothing could be tested, wrong arguments, or no report written; 130 and 143 ended by
SIGINT and SIGTERM, with a partial report.
`;
