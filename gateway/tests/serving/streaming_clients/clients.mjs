// Runs the clients that people use against a gateway: node clients.mjs ADDRESS TOKEN PAGE. Prints what each was told.
import { createClient as overWebSocket } from "graphql-ws";
import { createClient as overEvents } from "graphql-sse";

import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [address, token, page] = process.argv.slice(2);
// What GraphiQL's page reads the stream with; it is a script, not a module.
const resultsOf = runInThisContext(`${readFileSync(page, "utf8")}; resultsOf`);
const authorization = `Bearer ${token}`;
const RENAMED = 'subscription { renamed(id: "1") { name desk } }';

async function rename(name) {
  await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify({ query: `mutation { rename(id: "1", name: "${name}") { id } }` }),
  });
}

async function all(client, query, variables) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
}

async function watched(client, name) {
  const results = [];
  for await (const result of client.iterate({ query: RENAMED })) {
    results.push(result.data.renamed);
    if (results.length === 2) break;
    await rename(name);
  }
  return results;
}

async function refused(client, query) {
  try {
    return { results: await all(client, query) };
  } catch (error) {
    return { thrown: Array.isArray(error) ? error.map(({ message }) => message) : String(error.reason ?? error) };
  }
}

async function told(client, name) {
  return {
    watched: await watched(client, name),
    query: await all(client, "query ($id: ID!) { person(id: $id) { desk } }", { id: "2" }),
    counted: (await all(client, "subscription { counted(to: 3) }")).map(({ data }) => data.counted),
    invalid: await refused(client, "{ nothing }"),
  };
}

const asPage = {
  async *iterate(request) {
    const headers = { "content-type": "application/json", accept: "text/event-stream", authorization };
    yield* resultsOf(await fetch(address, { method: "POST", headers, body: JSON.stringify(request) }));
  },
};
const socket = overWebSocket({ url: address.replace("http", "ws"), connectionParams: { authorization }, retryAttempts: 0 });
const stranger = overWebSocket({
  url: address.replace("http", "ws"), connectionParams: { authorization: "Bearer nonsense" }, retryAttempts: 0,
});
const events = overEvents({ url: address, headers: { authorization }, retryAttempts: 0 });
console.log(
  JSON.stringify({
    "graphql-ws": await told(socket, "Eve"),
    "graphql-sse": await told(events, "Zoe"),
    page: await told(asPage, "Amy"),
    stranger: await refused(stranger, "{ free }"),
  }),
);
await socket.dispose();
process.exit(0);
