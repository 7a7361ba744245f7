/** Requests for a WebSocket with a field or a value too many, too few or misspelt (RFC 6455 §4.2.1). */
import type { RequestCase } from "../../case.ts";
import {
  adding,
  type Field,
  type HeadChange,
  raw,
  renaming,
  setting,
  starting,
  without,
} from "../../opening/head-changes.ts";
import {
  choosing,
  NAMES_VERSION_13,
  NO_ACCEPT,
  NO_EXTENSION,
  TO_H2C,
} from "../../opening/server-answer.ts";
import { breaks, meets, type Outcome, weakens } from "../../outcome.ts";
import {
  either,
  numbered,
  OPENS,
  opens,
  plain,
  type Row,
  refused,
  shouldRefuse,
  UNTOLD,
} from "./request-rows.ts";

const MISSING: readonly Row[] = [
  refused("No Host", without("Host"), "hostOnce"),
  plain("No Upgrade", without("Upgrade")),
  plain("No Connection", without("Connection")),
  refused("No Sec-WebSocket-Key", without("Sec-WebSocket-Key"), "handshakeRefused", 426),
  withoutVersion(),
  refused("An empty Sec-WebSocket-Key", setting("Sec-WebSocket-Key", "")),
  either("An empty Host", setting("Host", ""), "hostEmpty"),
];

/** §4.4: a server may speak older drafts, too, of which the first had neither version nor accept value. */
function withoutVersion(): Row {
  const change = without("Sec-WebSocket-Version");
  const row = refused("No Sec-WebSocket-Version", change, "handshakeRefused", 426);
  const draft = weakens({ opening: "wrong", head: NO_ACCEPT }, "Opened as in a draft of 2009.");
  return { ...row, outcomes: [...row.outcomes, draft] };
}

const SECOND_KEY: Field = ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="];

const DUPLICATED: readonly Row[] = [
  refused("Two Host fields", adding(["Host", "other.example"]), "hostOnce"),
  shouldRefuse("Two keys", adding(SECOND_KEY), "fieldOnce"),
  shouldRefuse("Two version fields", adding(["Sec-WebSocket-Version", "8"]), "fieldOnce", 426),
  opens("Connection in two fields", adding(["Connection", "keep-alive"]), "connectionToken"),
  amongOthers("Upgrade in two fields", adding(["Upgrade", "h2c"])),
];

/** RFC 9110 §7.8 lets a server ignore Upgrade, so that to refuse this is allowed, and a loss. */
function amongOthers(what: string, change: HeadChange): Row {
  return {
    what,
    change,
    rule: "upgradeList",
    outcomes: [
      meets({ opening: "open" }),
      meets({ opening: "wrong", head: TO_H2C }, "It switched to h2c."),
      weakens({ opening: "refused" }, "The WebSocket among other protocols was refused."),
      ...UNTOLD,
    ],
    otherwise: "handshake",
  };
}

function asksForH2c(): Row {
  const row = plain("Upgrade: h2c", setting("Upgrade", "h2c"));
  const switched = meets({ opening: "wrong", head: TO_H2C }, "It switched to h2c.");
  return { ...row, outcomes: [switched, ...row.outcomes] };
}

const SPELLING: readonly Row[] = [
  opens(
    "Field names in lower case",
    renaming((name) => name.toLowerCase()),
    "namesAnyCase",
  ),
  opens(
    "Field names in upper case",
    renaming((name) => name.toUpperCase()),
    "namesAnyCase",
  ),
  opens("Upgrade: WebSocket", setting("Upgrade", "WebSocket"), "tokensAnyCase"),
  opens("Connection: UPGRADE", setting("Connection", "UPGRADE"), "tokensAnyCase"),
  opens(
    "Connection: keep-alive, Upgrade",
    setting("Connection", "keep-alive, Upgrade"),
    "connectionToken",
  ),
  amongOthers("Upgrade: h2c, websocket", setting("Upgrade", "h2c, websocket")),
  opens(
    "Blanks and tabs around values",
    raw((text) => text.replace(/: (.*)\r/g, ":\t $1 \t\r")),
    "blanksAroundValues",
  ),
  opens(
    "No blank after the colons",
    raw((text) => text.replace(/: /g, ":")),
    "blanksAroundValues",
  ),
  plain("Connection: not-upgrade", setting("Connection", "not-upgrade")),
  plain("Upgrade: websockets", setting("Upgrade", "websockets")),
  asksForH2c(),
];

/** A version that is none is a bad request, and nothing need be said of others. */
const badVersion = (value: string): Row =>
  refused(
    `Sec-WebSocket-Version: ${value}`,
    setting("Sec-WebSocket-Version", value),
    "handshakeRefused",
    426,
  );

/** A version that is not spoken is refused with those that are (§4.4, a MUST). */
const otherVersion = (value: string, ...more: Outcome[]): Row => ({
  what: `Sec-WebSocket-Version: ${value}`,
  change: setting("Sec-WebSocket-Version", value),
  rule: "versionNamed",
  outcomes: [meets({ opening: "refused", head: NAMES_VERSION_13 }), ...more, ...UNTOLD],
});
/** A draft: it may be understood, and refused for what the request does not have by it. */
const DRAFT = weakens({ opening: "refused" }, "Refused, and 13 was not named as a version.");

const VERSIONS: readonly Row[] = [
  otherVersion("0", DRAFT),
  ...["12", "14", "255"].map((value) => otherVersion(value)),
  ...["-13", "abc", "13.0"].map(badVersion),
  either(
    "Sec-WebSocket-Version: 8, of drafts",
    setting("Sec-WebSocket-Version", "8"),
    "otherVersions",
  ),
];

/** Nobody need decode the key (§4.2.2); the answer must be right for the key as it stands. */
const key = (what: string, value: string): Row => ({
  what: `A key ${what}`,
  change: setting("Sec-WebSocket-Key", value),
  rule: "keyNotDecoded",
  outcomes: [
    meets({ opening: "refused" }),
    breaks({ opening: "open" }, "keyNotDecoded", "Opened: the key was not decoded."),
    ...UNTOLD,
  ],
  otherwise: "handshake",
});

const KEYS: readonly Row[] = [
  key("of 15 bytes", "YmFyZXdpcmUgY29uZm9y"),
  key("of 17 bytes", "YmFyZXdpcmUgY29uZm9ybWE="),
  key("without its padding", "YmFyZXdpcmUgY29uZm9ybQ"),
  key("with characters that are not base64", "YmFyZXdpcmUg!29uZm9ybQ=="),
  key("with a blank in it", "YmFyZXdpcmUg 29uZm9ybQ=="),
  key("of one character", "x"),
  opens("A key of zeros", setting("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), "handshake"),
];

const LINES: readonly Row[] = [
  plain(
    "POST",
    starting((path) => `POST ${path} HTTP/1.1`),
    "methodIsGet",
  ),
  plain(
    "get in lower case",
    starting((path) => `get ${path} HTTP/1.1`),
    "methodIsGet",
  ),
  plain(
    "HTTP/1.0",
    starting((path) => `GET ${path} HTTP/1.0`),
    "versionIsHttp11",
  ),
  either(
    "HTTP/2.0",
    starting((path) => `GET ${path} HTTP/2.0`),
    "higherVersions",
  ),
  refused(
    "No HTTP version",
    starting((path) => `GET ${path}`),
    "versionIsHttp11",
    505,
  ),
  either(
    "Two blanks in the request line",
    starting((path) => `GET  ${path} HTTP/1.1`),
    "wordBoundaries",
  ),
  shouldRefuse(
    "Rubbish after the request line",
    starting((path) => `GET ${path} HTTP/1.1 x`),
    "requestLine",
    505,
  ),
  shouldRefuse(
    "The path *",
    starting(() => "GET * HTTP/1.1"),
    "requestLine",
    404,
  ),
  refused(
    "No path",
    starting(() => "GET HTTP/1.1"),
    "versionIsHttp11",
    505,
  ),
  refused(
    "Bytes that are not HTTP",
    raw(() => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
  ),
];

const SUBPROTOCOLS: readonly Row[] = [
  {
    what: "Subprotocols a.example and b.example",
    change: adding(["Sec-WebSocket-Protocol", "a.example, b.example"]),
    rule: "protocolChosen",
    outcomes: [
      meets({ opening: "open", head: choosing("a.example", "b.example") }),
      weakens(
        { opening: "refused" },
        "The handshake was refused for subprotocols it need not take.",
      ),
      ...UNTOLD,
    ],
  },
  {
    what: "An unknown extension",
    change: adding(["Sec-WebSocket-Extensions", "x-unknown; a=1"]),
    rule: "extensionChosen",
    outcomes: [
      meets({ opening: "open", head: NO_EXTENSION }),
      weakens({ opening: "refused" }, "The handshake was refused for an extension."),
      ...UNTOLD,
    ],
  },
  badExtensions("An extension field that ends in a quote", 'x; a="b'),
  badExtensions("An extension field of commas", ",,;,"),
  {
    ...either(
      "A subprotocol with a blank in it",
      adding(["Sec-WebSocket-Protocol", "a b"]),
      "protocolGrammar",
    ),
    outcomes: [
      breaks({ opening: "open", head: choosing() }, "protocolGrammar", "Opened."),
      breaks({ opening: "refused" }, "protocolGrammar", "Refused."),
      weakens(
        { opening: "open", head: choosing("a b") },
        "Opened, and what is no subprotocol was chosen (§4.3).",
      ),
      ...UNTOLD,
    ],
    otherwise: "protocolChosen",
  },
  {
    what: "An unknown field",
    change: adding(["X-Unknown", "value"]),
    rule: "unknownFields",
    outcomes: OPENS,
  },
];

/** A MUST by the letter, and kept by hardly anyone who does not know the extension. */
function badExtensions(what: string, value: string): Row {
  return {
    ...refused(what, adding(["Sec-WebSocket-Extensions", value]), "extensionGrammar"),
    outcomes: [
      meets({ opening: "refused" }),
      meets({ opening: "ended" }, "The connection was failed."),
      weakens({ opening: "open", head: NO_EXTENSION }, "Opened, and the field was ignored."),
      ...UNTOLD,
    ],
  };
}

/** Cases 20.1.1 to 20.7.6. */
export const REQUESTS: readonly RequestCase[] = [
  ...numbered(1, MISSING),
  ...numbered(2, DUPLICATED),
  ...numbered(3, SPELLING),
  ...numbered(4, VERSIONS),
  ...numbered(5, KEYS),
  ...numbered(6, LINES),
  ...numbered(7, SUBPROTOCOLS),
];
