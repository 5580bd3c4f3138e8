// Reads {name, url, sdl} of each subgraph as JSON on standard input; writes the supergraph, or what does not fit, and fails.
import { readFileSync } from "node:fs";
import { parse } from "graphql";
import { compositionHasErrors, composeServices } from "@theguild/federation-composition";

const subgraphs = JSON.parse(readFileSync(0, "utf8"));
const result = composeServices(
  subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })),
);

if (compositionHasErrors(result)) {
  for (const error of result.errors) {
    console.error(error.message);
  }
  process.exit(1);
}
process.stdout.write(result.supergraphSdl.trimEnd() + "\n");
