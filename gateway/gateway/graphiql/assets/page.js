"use strict";

const field = document.getElementById("token");
const who = document.getElementById("who");

// For this tab only: a token does not stay on the disk.
field.value = sessionStorage.getItem("token") || "";

function showWho() {
  who.className = "";
  if (!token()) {
    who.textContent = "nobody signed in";
    return;
  }
  try {
    const body = token().split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(atob(body));
    const expired = claims.exp * 1000 < Date.now();
    who.textContent = `${claims.sub} (${(claims.roles || []).join(", ")})${expired ? " - expired" : ""}`;
    who.className = expired ? "wrong" : "";
  } catch {
    who.textContent = "this is not a token";
    who.className = "wrong";
  }
}

function token() {
  return field.value.trim().replace(/^bearer\s+/i, "");
}

function fetcher(request, options = {}) {
  return isSubscription(request, options.documentAST) ? watch(request, options) : ask(request, options);
}

function isSubscription(request, document) {
  const operations = (document ? document.definitions : []).filter(({ kind }) => kind === "OperationDefinition");
  const chosen = operations.find(({ name }) => name && name.value === request.operationName) || operations[0];
  return Boolean(chosen) && chosen.operation === "subscription";
}

function send(request, options, accept, signal) {
  const headers = {
    accept,
    "content-type": "application/json",
    ...(token() ? { authorization: `Bearer ${token()}` } : {}),
    ...options.headers,
  };
  return fetch("/graphql", { method: "POST", headers, body: JSON.stringify(request), signal });
}

async function ask(request, options) {
  return (await send(request, options, "application/graphql-response+json, application/json;q=0.9")).json();
}

function watch(request, options) {
  const controller = new AbortController();
  const results = (async function* () {
    yield* resultsOf(await send(request, options, "text/event-stream", controller.signal));
  })();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () =>
      results.next().catch((error) => {
        if (controller.signal.aborted) return { done: true, value: undefined };
        throw error;
      }),
    // A generator would first wait for the next event; whoever stops does not.
    return() {
      controller.abort();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

field.addEventListener("input", () => {
  sessionStorage.setItem("token", token());
  showWho();
});
field.form.addEventListener("submit", (event) => event.preventDefault());

async function start() {
  showWho();
  const query = await (await fetch("/graphiql/first-query.graphql")).text();
  const props = { fetcher, defaultQuery: query, shouldPersistHeaders: false, isHeadersEditorEnabled: true };
  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, props));
}

start();
