// What every page adds once its script runs: colours without reload, copying, keys, live service states.

/** Sets the colours and remembers them where the server reads them too. */
function setTheme(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  document.cookie = `ratchet_theme=${choice};path=/;max-age=31536000;samesite=lax`;
  for (const link of document.querySelectorAll("[data-theme-choice]"))
    link.toggleAttribute("aria-current", link.dataset.themeChoice === choice);
}

document.addEventListener("click", async event => {
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) {
    event.preventDefault();
    setTheme(theme.dataset.themeChoice);
    return;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    const before = [...copy.childNodes];
    copy.replaceChildren(copy.dataset.copied);
    setTimeout(() => copy.replaceChildren(...before), 1200);
    return;
  }
  const close = event.target.closest("[data-close-details]");
  if (close) close.closest("details").open = false;
});

document.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    const open = event.target.closest?.("details.confirm[open]");
    if (open) open.open = false;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form?.requestSubmit();
    return;
  }
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (!event.shiftKey && /^[a-z]$/.test(event.key)) {
    document.querySelector(`nav a[aria-keyshortcuts="${event.key}"]`)?.click();
  }
});

// Times: exact time on hover is in the title; the words stay as the server wrote them until the next visit.
for (const control of document.querySelectorAll("[data-close-details]")) control.hidden = false;

const services = document.querySelector("[data-services]");
if (services) {
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(services.dataset.services, { headers: { accept: "application/json" } });
      if (!answer.ok) return;
      for (const service of await answer.json()) {
        const row = services.querySelector(`[data-service="${CSS.escape(service.name)}"]`);
        if (!row) continue;
        row.querySelector(".dot").className = `dot ${service.health}`;
        const state = row.querySelector(".state");
        state.textContent = service.word;
        state.title = service.detail ?? "";
        state.classList.toggle("quiet", service.health === "healthy");
      }
    } catch {
      // The gateway itself is away: the dots stay, the next round tells.
    }
  };
  setInterval(refresh, 8000);
}

// A form that takes its time says so, and is sent once.
document.addEventListener("submit", event => {
  const form = event.target.closest("form[data-busy]");
  if (!form || event.defaultPrevented) return;
  const button = event.submitter ?? form.querySelector("button:not([type=button])");
  setTimeout(() => {
    button.disabled = true;
    button.textContent = form.dataset.busy;
  });
});

// What is still on its way is looked at again, unless somebody is typing or choosing.
const waiting = document.querySelector("[data-refresh]");
if (waiting?.dataset.refresh) {
  setInterval(() => {
    const busy = document.hidden || document.querySelector("details.confirm[open], dialog[open]")
      || [...document.querySelectorAll("main input:not([type=hidden]), main textarea")].some(field => field.matches(":focus") || field.value !== field.defaultValue);
    if (!busy) location.reload();
  }, Number(waiting.dataset.refresh) * 1000);
}
