// By its file, or Vitest would import another copy of it than graphql-ws has.
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql/index.js";
import { createClient, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from "graphql-ws";
import { expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../../src/index.ts";
import { WebSocket } from "../../../src/web/web.ts";
import { serve } from "../../served.ts";

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: { hello: { type: GraphQLString, resolve: () => "world" } },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      greetings: {
        type: GraphQLString,
        async *subscribe() {
          for (const greetings of ["hi", "hallo", "bonjour"]) yield { greetings };
        },
      },
    },
  }),
});

/** graphql-ws' own server, over a connection of barewire's. */
async function serveGraphql(ws: Connection): Promise<void> {
  let onMessage: ((text: string) => Promise<void>) | undefined;
  const closed = makeServer({ schema }).opened(
    {
      protocol: ws.protocol ?? "",
      send: async (text) => await ws.send(text),
      close: (code, reason) => void ws.close(code, reason),
      onMessage: (listener) => {
        onMessage = listener;
      },
    },
    {},
  );
  for await (const message of ws) await onMessage?.(String(message));
  const { code, reason } = await ws.closed;
  await closed(code, reason);
}

it("graphql-ws' client asks and subscribes", async () => {
  const { address } = await serve((request) => {
    expect(request.protocols).toEqual([GRAPHQL_TRANSPORT_WS_PROTOCOL]);
    return serveGraphql(request.upgrade({ protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL }));
  });
  const client = createClient({ url: address.url, webSocketImpl: WebSocket });
  onTestFinished(() => void client.dispose());
  const results: unknown[] = [];
  for await (const { data } of client.iterate({ query: "{ hello }" })) results.push(data);
  for await (const { data } of client.iterate({ query: "subscription { greetings }" })) {
    results.push(data);
  }
  expect(results.map((data) => ({ ...(data as object) }))).toEqual([
    { hello: "world" },
    { greetings: "hi" },
    { greetings: "hallo" },
    { greetings: "bonjour" },
  ]);
});
