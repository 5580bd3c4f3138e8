// Composes graphs/<name>/<subgraph>.graphql into graphs/<name>/supergraph.graphql: `npm ci && node compose.mjs [name...]`.
// The results are committed, so that few tests need Node. With --print they go to standard output, as JSON by name.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", ' +
  '"@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject"])\n';
const here = new URL("./graphs/", import.meta.url);
const given = process.argv.slice(2);
const print = given[0] === "--print";
const names = given.length > (print ? 1 : 0) ? given.slice(print ? 1 : 0) : readdirSync(here);
const composed = {};
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
    composed[name] = result.supergraphSdl.trim() + "\n";
    if (!print) writeFileSync(new URL("supergraph.graphql", folder), composed[name]);
  }
}
if (print) console.log(JSON.stringify(composed));
