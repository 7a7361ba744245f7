/** JSON Schema (2020-12) of what the suite writes in JSON: `schema.json` lies beside the reports. */

const TEXT = { type: "string" };
const FLAG = { type: "boolean" };
const COUNT = { type: "integer", minimum: 0 };
const MILLISECONDS = { type: "number", minimum: 0 };
const TEXTS = { type: "array", items: TEXT };
const COUNTS = { type: "object", additionalProperties: COUNT };
const CODE = { type: ["integer", "null"], minimum: 0, maximum: 65_535 };
const TEXT_OR_NONE = { type: ["string", "null"] };

const BEHAVIOR = {
  enum: ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED", "NOT RUN"],
};
const CLOSE = {
  enum: [
    ...["OK", "INFORMATIONAL", "FAILED", "WRONG CODE"],
    ...["UNCLEAN", "FAILED BY CLIENT", "NOT RUN"],
  ],
};
const STRENGTH = { enum: ["MUST", "SHOULD", "MAY", "robustness"] };
/** `"NON-STRICT / OK"`. */
const VERDICT = { type: "string", pattern: "^[A-Z -]+ / [A-Z ]+$" };
/** `["message", text, binary]`, `["pong", text]`, `["timeout", mark]`. */
const EVENTS = {
  type: "array",
  items: { type: "array", prefixItems: [TEXT], items: { type: ["string", "boolean"] } },
};

type Properties = Readonly<Record<string, object>>;

/** An object that has all of these, and of the others any, and nothing else. */
const exactly = (properties: Properties, optional: Properties = {}) => ({
  type: "object",
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
  additionalProperties: false,
});

/** What results in every form have. */
const VERDICTS = { behavior: BEHAVIOR, behaviorClose: CLOSE };
const JUDGED = {
  rule: TEXT,
  strength: STRENGTH,
  rules: TEXTS,
  crashed: FLAG,
  flaky: FLAG,
  attempts: { type: "array", items: VERDICT, minItems: 1 },
};

const INDEX = {
  description: "index.json: agents, the cases of each, the verdicts. Autobahn's, and `attempts`.",
  type: "object",
  additionalProperties: {
    type: "object",
    propertyNames: { pattern: "^\\d+(\\.\\d+)+$" },
    additionalProperties: exactly(
      { ...VERDICTS, remoteCloseCode: CODE, duration: MILLISECONDS, reportfile: TEXT },
      { attempts: { ...TEXTS, minItems: 2 } },
    ),
  },
};

const EXPECTED_CLOSE = exactly(
  {},
  {
    closedByMe: FLAG,
    closeCode: { type: "array", items: COUNT },
    requireClean: FLAG,
    closedByWrongEndpointIsFatal: FLAG,
  },
);

const CASE = {
  description: "AGENT_case_N.json: all of one case. The fields of JUDGED are not Autobahn's.",
  ...exactly({
    case: COUNT,
    id: TEXT,
    description: TEXT,
    expectation: TEXT,
    agent: TEXT,
    started: TEXT,
    duration: MILLISECONDS,
    reportTime: FLAG,
    reportCompressionRatio: FLAG,
    ...VERDICTS,
    expected: { type: "object", additionalProperties: EVENTS },
    expectedClose: EXPECTED_CLOSE,
    received: EVENTS,
    result: TEXT,
    resultClose: TEXT,
    wirelog: { type: "array", items: { type: "array", prefixItems: [TEXT] } },
    createWirelog: FLAG,
    closedByMe: FLAG,
    failedByMe: FLAG,
    droppedByMe: FLAG,
    wasClean: FLAG,
    wasNotCleanReason: TEXT_OR_NONE,
    wasServerConnectionDropTimeout: FLAG,
    wasOpenHandshakeTimeout: FLAG,
    wasCloseHandshakeTimeout: FLAG,
    localCloseCode: CODE,
    localCloseReason: TEXT_OR_NONE,
    remoteCloseCode: CODE,
    remoteCloseReason: TEXT_OR_NONE,
    isServer: FLAG,
    createStats: FLAG,
    rxOctetStats: COUNTS,
    rxFrameStats: COUNTS,
    txOctetStats: COUNTS,
    txFrameStats: COUNTS,
    httpRequest: TEXT,
    httpResponse: TEXT,
    trafficStats: { type: ["object", "null"], additionalProperties: { type: ["number", "null"] } },
    ...JUDGED,
    faults: TEXTS,
    wirelogTimes: { type: "array", items: { type: "number" } },
    wirelogOmitted: COUNT,
  }),
};

const RUN = {
  description: "What --format json prints: a run, its totals, and its results without their bytes.",
  ...exactly({
    version: TEXT,
    began: TEXT,
    role: { enum: ["server", "client"] },
    testees: { type: "array", items: exactly({ agent: TEXT }, { url: TEXT }) },
    options: TEXTS,
    strict: FLAG,
    partial: TEXT,
    totals: exactly({ cases: COUNT, failed: COUNT, notRun: COUNT, crashed: COUNT, flaky: COUNT }),
    results: {
      type: "array",
      items: exactly({
        agent: TEXT,
        id: TEXT,
        description: TEXT,
        expectation: TEXT,
        ...VERDICTS,
        failed: FLAG,
        reason: TEXT,
        ...JUDGED,
        duration: MILLISECONDS,
      }),
    },
  }),
};

const EXPECTATIONS = {
  description: "A file for --expect: cases whose verdict is not OK, and why.",
  type: "array",
  items: exactly({ case: TEXT, verdict: VERDICT, why: TEXT }, { crash: FLAG, agent: TEXT }),
};

const SURPRISES = {
  description: "surprises.json: what was not as --expect has it.",
  type: "array",
  items: exactly({ agent: TEXT, id: TEXT, verdict: TEXT, expected: TEXT, worse: FLAG }),
};

const LIST = {
  description: "What --list --json prints: the cases.",
  type: "array",
  items: exactly({
    id: TEXT,
    section: TEXT,
    description: TEXT,
    expectation: TEXT,
    rule: TEXT,
    strength: STRENGTH,
    place: TEXT,
    says: TEXT,
    quote: TEXT_OR_NONE,
    roles: { type: "array", items: { enum: ["server", "client"] } },
    http: { type: "array", items: { enum: ["1.1", "2"] } },
    autobahn: FLAG,
  }),
};

/** The schema: a definition for each kind of file, of which one has to fit. */
export const REPORT_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "What barewire-conform writes in JSON",
  $defs: {
    index: INDEX,
    case: CASE,
    run: RUN,
    expectations: EXPECTATIONS,
    surprises: SURPRISES,
    list: LIST,
  },
  anyOf: ["index", "case", "run", "expectations", "surprises", "list"].map((name) => ({
    $ref: `#/$defs/${name}`,
  })),
};
