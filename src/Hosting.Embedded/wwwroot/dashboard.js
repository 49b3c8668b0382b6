// Keeps the resources page and the console log live. The server renders; this only asks again or appends.

const list = document.querySelector("[data-live-resources]");
if (list) {
  let pending = false;
  const refresh = async () => {
    if (pending) return;
    pending = true;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-live-resources]");
      // An open detail stays open.
      for (const open of list.querySelectorAll("details[open][id]"))
        fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
      list.replaceChildren(...fresh.childNodes);
    } finally {
      pending = false;
    }
  };
  new EventSource("/api/resources/changes").addEventListener("changed", refresh);
}

const log = document.querySelector("[data-console]");
if (log) {
  const filter = document.querySelector("[data-console-filter]");
  const follow = document.querySelector("[data-console-follow]");
  const linesMax = 10000;
  const matches = line => line.textContent.toLowerCase().includes(filter.value.toLowerCase());

  filter.closest("[hidden]").hidden = false;
  filter.addEventListener("input", () => {
    for (const line of log.children) line.hidden = !matches(line);
  });

  const source = new EventSource(`/api/consolelogs/${encodeURIComponent(log.dataset.console)}`);
  source.addEventListener("open", () => log.replaceChildren());
  source.addEventListener("lines", event => {
    for (const { text, error } of JSON.parse(event.data)) {
      const line = document.createElement("li");
      line.textContent = text;
      if (error) line.className = "bad";
      line.hidden = !matches(line);
      log.append(line);
    }
    while (log.children.length > linesMax) log.firstChild.remove();
    if (follow.checked) log.lastElementChild?.scrollIntoView({ block: "end" });
  });
}
