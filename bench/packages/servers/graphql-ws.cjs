// Answers the query `greeting`, and the subscription `ticks`, which counts as far as it is asked to.
const { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } = require("graphql");
const { useServer } = require("graphql-ws/use/ws");
const { WebSocketServer } = require("ws");
const { HOST, ready } = require("./control.cjs");

async function* ticks(_, { count }) {
  for (let tick = 1; tick <= count; tick++) yield { ticks: tick };
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: { greeting: { type: GraphQLString, resolve: () => "hello" } },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      ticks: { type: GraphQLInt, args: { count: { type: GraphQLInt } }, subscribe: ticks },
    },
  }),
});

const server = new WebSocketServer({ port: 0, host: HOST }, () => ready(server.address().port));
useServer({ schema }, server);
