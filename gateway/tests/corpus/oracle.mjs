// What the query planner of Hive Router makes of queries. Standard input: lines of {supergraph, query, variables};
// standard output: a line {fetches, waves} or {error} for each.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { QueryPlanner } from "@graphql-hive/router-query-planner";

const planners = new Map();

function plannerOf(file) {
  if (!planners.has(file)) planners.set(file, new QueryPlanner(readFileSync(file, "utf8")));
  return planners.get(file);
}

function measure(node, variables) {
  if (!node) return { fetches: 0, waves: 0 };
  switch (node.kind) {
    case "Fetch":
    case "BatchFetch":
      return { fetches: 1, waves: 1 };
    case "Flatten":
      return measure(node.node, variables);
    case "Condition":
      return measure(variables[node.condition] ? node.ifClause : node.elseClause, variables);
    case "Sequence":
    case "Parallel": {
      const parts = node.nodes.map((child) => measure(child, variables));
      const waves = parts.map((part) => part.waves);
      return {
        fetches: parts.reduce((sum, part) => sum + part.fetches, 0),
        waves: node.kind === "Sequence" ? waves.reduce((sum, one) => sum + one, 0) : Math.max(0, ...waves),
      };
    }
    default:
      throw new Error(`a plan node of an unknown kind: ${node.kind}`);
  }
}

// Labels of progressive overrides are active as in the gateway: "percent(x)" when 50 is less than x.
for await (const line of createInterface({ input: process.stdin })) {
  const { supergraph, query, variables } = JSON.parse(line);
  try {
    const plan = plannerOf(supergraph).plan(query, undefined, new Set(), 50);
    console.log(JSON.stringify(measure(plan.node, variables)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
