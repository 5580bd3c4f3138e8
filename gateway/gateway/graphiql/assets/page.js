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

async function fetcher(request, options = {}) {
  const headers = {
    accept: "application/graphql-response+json, application/json;q=0.9",
    "content-type": "application/json",
    ...(token() ? { authorization: `Bearer ${token()}` } : {}),
    ...options.headers,
  };
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(request) });
  return answer.json();
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
