// Runs every audit of GraphQL over HTTP against a server and prints the results: `node audits.mjs http://127.0.0.1:4000/graphql`.
import { serverAudits } from "graphql-http";

const results = [];
for (const audit of serverAudits({ url: process.argv[2], fetchFn: fetch })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason: reason ?? null });
}
console.log(JSON.stringify(results));
