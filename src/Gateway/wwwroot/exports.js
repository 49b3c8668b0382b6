// Keeps the list of exports live while one is in the making. What is being typed in the form above stays as it is.
const everyMilliseconds = 2000;

async function follow() {
  for (;;) {
    const shown = document.getElementById("exports");
    if (!shown.dataset.running) return;
    await new Promise(resolve => setTimeout(resolve, everyMilliseconds));
    if (document.hidden) continue;
    try {
      const response = await fetch(location.pathname, { headers: { accept: "text/html" } });
      if (!response.ok) continue;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById("exports");
      if (!fresh || states(fresh) === states(shown)) continue;
      shown.replaceWith(fresh);
      // What was said of the request when it was made is no longer so.
      if (!fresh.dataset.running) document.querySelector(".notice[role=status]")?.remove();
    } catch {
      // The gateway or the trainer is away: the export goes on, and so does this.
    }
  }
}

const states = list => [...list.querySelectorAll("[data-status]")].map(one => `${one.id} ${one.dataset.status}`).join();

follow();
