// Composes graphs/<name>/<subgraph>.graphql into graphs/<name>/supergraph.graphql: `npm ci && node compose.mjs [name...]`.
// The results are committed, so that the tests need no Node.
// A folder elsewhere is named by its way from graphs/: `node compose.mjs ../../authorization/graph`.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", ' +
  '"@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject", ' +
  '"@authenticated", "@requiresScopes", "@policy"])\n';
const here = new URL("./graphs/", import.meta.url);
const names = process.argv.length > 2 ? process.argv.slice(2) : readdirSync(here);
for (const name of names) {
  const folder = new URL(`${name}/`, here);
  const files = readdirSync(folder).filter((file) => file.endsWith(".graphql") && file !== "supergraph.graphql");
  const services = files.sort().map((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    // A file that says "# federation 1" is composed without @link, as an old subgraph is.
    const sdl = text.startsWith("# federation 1") ? text : link + text;
    const service = file.replace(".graphql", "");
    return { name: service, url: `http://${service}.test/graphql`, typeDefs: parse(sdl) };
  });
  const result = composeServices(services);
  if (result.errors) {
    console.error(name, result.errors.map(String).join("\n"));
    process.exitCode = 1;
  } else {
    writeFileSync(new URL("supergraph.graphql", folder), result.supergraphSdl.trim() + "\n");
  }
}
