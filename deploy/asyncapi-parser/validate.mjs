// Reads an AsyncAPI document on standard input; prints what is wrong with it, one line each, and fails when something is.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { code, message, path } of errors) {
  console.error(`${path.join(".")}: ${message} (${code})`);
}
if (errors.length > 0 || document === undefined) {
  process.exit(1);
}
console.log(document.version());
