// Keeps the pages live. The server renders; this asks again when something has changed, and appends console lines.

for (const hidden of document.querySelectorAll("label[hidden], button[data-fold][hidden]")) hidden.hidden = false;
for (const button of document.querySelectorAll("[data-submit]")) button.hidden = true;
document.addEventListener("change", event => {
  event.target.closest("[data-submit-on-change]")?.requestSubmit();
});

// ---- regions that are drawn anew --------------------------------------------------------------------------------

const page = document.querySelector("[data-live-source]");
if (page) {
  const pause = document.querySelector("[data-pause]");
  pause.checked = sessionStorage.getItem("pause") === "1";
  pause.addEventListener("change", () => {
    sessionStorage.setItem("pause", pause.checked ? "1" : "0");
    if (!pause.checked) refresh();
  });

  let running = false, again = false;
  const refresh = async () => {
    // What somebody reads, marks or fills in is not taken from under them.
    if (pause.checked || document.hidden || busy()) return;
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected || busy()) return;
      replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The host is away; the stream comes back when it does.
    } finally {
      running = false;
      if (again) { again = false; refresh(); }
    }
  };
  const source = new EventSource(`/api/changes?of=${encodeURIComponent(page.dataset.liveSource)}`);
  source.addEventListener("changed", refresh);
  document.addEventListener("visibilitychange", refresh);
}

function busy() {
  const mark = getSelection();
  return (mark && !mark.isCollapsed) || document.querySelector("[data-live] details.confirm[open], dialog[open]")
    || document.activeElement?.closest?.("[data-live] form input, [data-live] form select");
}

function replace(fresh) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const region = fresh.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
    if (!region) continue;
    const opened = new Set([...old.querySelectorAll("details[open][id]")].map(one => one.id));
    const focus = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const scrolls = [...old.querySelectorAll(".scroll, .panel, nav")].map(one => [one.scrollTop, one.scrollLeft]);
    const folded = [...old.querySelectorAll("[data-fold][aria-expanded=false]")].map(one => one.getAttribute("aria-label"));
    for (const one of region.querySelectorAll("details[id]")) one.open = opened.has(one.id) || one.open;
    old.replaceChildren(...region.childNodes);
    [...old.querySelectorAll(".scroll, .panel, nav")].forEach((one, i) => { if (scrolls[i]) [one.scrollTop, one.scrollLeft] = scrolls[i]; });
    if (focus) old.querySelector(`[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
    for (const button of old.querySelectorAll("[data-fold]")) {
      button.hidden = false;
      if (folded.includes(button.getAttribute("aria-label"))) fold(button, false);
    }
  }
}

// ---- waterfall ----------------------------------------------------------------------------------------------------

document.addEventListener("click", event => {
  const button = event.target.closest("[data-fold]");
  if (button) fold(button, button.getAttribute("aria-expanded") !== "true");
});

function fold(button, open) {
  button.setAttribute("aria-expanded", open);
  button.textContent = open ? "▾" : "▸";
  const row = button.closest("tr"), depth = Number(row.dataset.depth);
  // A row is seen when nothing above it is folded.
  let closedAt = open ? Infinity : depth;
  for (let next = row.nextElementSibling; next && Number(next.dataset.depth) > depth; next = next.nextElementSibling) {
    const at = Number(next.dataset.depth);
    if (at <= closedAt) closedAt = Infinity;
    next.hidden = at > closedAt;
    if (!next.hidden && next.querySelector("[data-fold][aria-expanded=false]")) closedAt = at;
  }
}

// ---- console ------------------------------------------------------------------------------------------------------

const log = document.querySelector("[data-console]");
if (log) {
  const filter = document.querySelector("[data-console-filter]");
  const follow = document.querySelector("[data-console-follow]");
  const linesMax = 10000;
  const matches = line => line.textContent.toLowerCase().includes(filter.value.trim().toLowerCase());
  const end = () => { log.scrollTop = log.scrollHeight; };

  for (const box of document.querySelectorAll("[data-console-class]")) {
    const name = box.dataset.consoleClass;
    box.checked = localStorage.getItem(`console-${name}`) !== "0";
    log.classList.toggle(name, box.checked);
    box.addEventListener("change", () => {
      localStorage.setItem(`console-${name}`, box.checked ? "1" : "0");
      log.classList.toggle(name, box.checked);
    });
  }
  filter.addEventListener("input", () => {
    for (const line of log.children) line.hidden = !matches(line);
  });
  log.addEventListener("scroll", () => {
    // Whoever scrolls up wants to read there.
    follow.checked = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  });
  follow.addEventListener("change", () => { if (follow.checked) end(); });
  end();

  let after = log.dataset.after;
  const source = new EventSource(`/api/consolelogs?resource=${encodeURIComponent(log.dataset.console)}&after=${after}`);
  source.addEventListener("lines", event => {
    const stays = follow.checked;
    log.querySelector("[data-empty]")?.remove();
    const fresh = document.createDocumentFragment();
    for (const { number, time, resource, color, error, runs } of JSON.parse(event.data)) {
      if (number <= after) continue;
      after = number;
      const line = document.createElement("li");
      if (error) line.className = "bad";
      const when = document.createElement("time"), who = document.createElement("b"), what = document.createElement("span");
      when.textContent = time;
      who.textContent = resource;
      who.className = `c${color}`;
      for (const [text, style] of runs) {
        const run = document.createElement(style ? "i" : "span");
        run.className = style;
        run.textContent = text;
        what.append(run);
      }
      line.append(when, who);
      if (error) line.append(Object.assign(document.createElement("em"), { textContent: log.dataset.error }));
      line.append(what);
      line.hidden = !matches(line);
      fresh.append(line);
    }
    log.append(fresh);
    while (log.children.length > linesMax) log.firstChild.remove();
    if (stays) end();
  });
}
