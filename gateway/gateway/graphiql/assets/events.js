"use strict";

// The results of an operation as they come: one `next` event each, until `complete` (GraphQL over server-sent events).
async function* resultsOf(answer) {
  if (!(answer.headers.get("content-type") || "").startsWith("text/event-stream")) {
    yield await answer.json();
    return;
  }
  const decoder = new TextDecoder();
  let waiting = "";
  for await (const chunk of chunksOf(answer.body)) {
    waiting += decoder.decode(chunk, { stream: true });
    const events = waiting.split("\n\n");
    waiting = events.pop();
    for (const event of events) {
      const name = (event.match(/^event: ?(.*)$/m) || [])[1];
      const data = (event.match(/^data: ?(.*)$/m) || [])[1];
      if (name === "complete") return;
      if (name === "next") yield JSON.parse(data);
    }
  }
}

// Not every browser can iterate over a stream by itself.
async function* chunksOf(body) {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
