import { once } from "node:events";
import { createServer } from "node:http";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql/index.js";
import { type Client, createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "../processes.ts";

const GREETINGS = ["hi", "bonjour", "hola"];

async function* greet() {
  for (const greeted of GREETINGS) yield { greeted };
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: { path: { type: GraphQLString, resolve: (_, __, { extra }) => extra.request.url } },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: { greeted: { type: GraphQLString, subscribe: greet } },
  }),
});

async function serve(): Promise<string> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, path: "/graphql" });
  const handle = useServer(
    {
      schema,
      context: (context) => context as object as Record<PropertyKey, unknown>,
      onConnect: ({ connectionParams: { token } = {} }) => token === "right",
    },
    server,
  );
  onTestFinished(async () => void (await handle.dispose()));
  return `ws://127.0.0.1:${await listen(http)}/graphql`;
}

function connect(url: string, token = "right"): Client {
  const client = createClient({
    url,
    connectionParams: { token },
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  onTestFinished(async () => void (await client.dispose()));
  return client;
}

async function all(client: Client, query: string): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const result of client.iterate({ query })) results.push(result);
  return results;
}

describe("graphql-ws, server and client", () => {
  it("answers a query, with the request that has opened the connection at hand", async () => {
    const client = connect(await serve());
    expect(await all(client, "{ path }")).toEqual([{ data: { path: "/graphql" } }]);
  });

  it("carries several subscriptions over one connection, to their ends", async () => {
    const client = connect(await serve());
    const expected = GREETINGS.map((greeted) => ({ data: { greeted } }));
    const query = "subscription { greeted }";
    const [first, second] = await Promise.all([all(client, query), all(client, query)]);
    expect(first).toEqual(expected);
    expect(second).toEqual(expected);
  });

  it("refuses by its close code who has no right token", async () => {
    const client = connect(await serve(), "wrong");
    await expect(all(client, "{ path }")).rejects.toMatchObject({
      code: 4403,
      reason: "Forbidden",
      wasClean: true,
    });
  });

  it("closes with 4406 for a client without its subprotocol", async () => {
    const ws = new WebSocket(await serve());
    const [code, reason] = await once(ws, "close");
    expect([code, String(reason)]).toEqual([4406, "Subprotocol not acceptable"]);
  });
});
