// Reads server-sent events from a fetch response, so that a POST can stream and a header can be sent.

/** Yields {event, data, id} for each event of the response's body. */
export async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value.replaceAll("\r\n", "\n");
      let end;
      while ((end = buffer.indexOf("\n\n")) >= 0) {
        const item = parse(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (item) yield item;
      }
    }
  } finally {
    reader.cancel().catch(() => { });
  }
}

function parse(block) {
  const item = { event: "message", data: "", id: null };
  const data = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") item.event = value;
    else if (name === "id") item.id = value;
  }
  if (data.length === 0) return null;
  item.data = data.join("\n");
  return item;
}
