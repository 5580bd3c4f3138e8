// A subgraph made of the servers that people use: `people` of the office, over graphql-ws and graphql-sse. Prints its port.
import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { createHandler } from "graphql-sse/lib/use/http";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const schema = buildSchema(`
  type Query { person(id: ID!): Person }
  type Subscription { renamed(id: ID!): Person counted(to: Int!): Int refused: Int }
  type Person { id: ID! name: String! }
`);
async function* counted(_, { to }) {
  for (let number = 0; number < to; number++) yield { counted: number };
}
async function* renamed(_, { id }, context) {
  yield { renamed: { id, name: context.connectionParams?.authorization ?? context.raw?.headers.authorization } };
}
const { counted: first, renamed: second, refused: third } = schema.getSubscriptionType().getFields();
first.subscribe = counted;
second.subscribe = renamed;
third.subscribe = async () => {
  throw new Error("Ask your team lead.");
};
const events = createHandler({ schema, context: ({ raw }) => ({ raw }) });
const server = createServer((request, response) => events(request, response));
useServer({ schema, context: ({ connectionParams }) => ({ connectionParams }) }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
