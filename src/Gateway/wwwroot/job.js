// Keeps a job's page live: loss curve, figures, verdict and events as the trainer sends them; ends when the job ends.
import { readEvents } from "/assets/sse.js";
import { LineChart } from "/assets/chart.js";

const root = document.getElementById("job");
const chart = new LineChart(root.querySelector("[data-chart]"));
const log = root.querySelector("[data-log-list]");
const words = root.dataset;
let after = words.after ?? "";
let pause = 500;

if (words.source) follow();

async function follow() {
  for (;;) {
    try {
      const response = await fetch(`${words.source}${after ? `?after=${encodeURIComponent(after)}` : ""}`, { headers: { accept: "text/event-stream" } });
      if (!response.ok) throw new Error(String(response.status));
      pause = 500;
      for await (const item of readEvents(response)) {
        if (item.data === "[DONE]") {
          location.reload();
          return;
        }
        if (item.event === "error") break;
        after = item.id ?? after;
        take(JSON.parse(item.data));
      }
    } catch {
      // The trainer is away or restarting: the job is on its disk, and the stream goes on where it stopped.
    }
    await new Promise(resolve => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 10000);
  }
}

function take(event) {
  if (event.type !== "metrics") {
    const item = document.createElement("li");
    item.className = event.level;
    const time = document.createElement("time");
    time.textContent = new Date(event.created_at * 1000).toLocaleTimeString();
    item.append(time, ` ${event.message}`);
    log.prepend(item);
    return;
  }
  const data = event.data ?? {};
  if (typeof data.step !== "number") return;
  chart.add(data.step, data);
  if (typeof data.train_loss !== "number") return;
  root.querySelector("[data-progress]").hidden = false;
  root.querySelector("[data-nosteps]")?.remove();
  const bar = root.querySelector("[data-bar]");
  bar.max = data.total_steps ?? bar.max;
  bar.value = data.step;
  set("steps", words.stepOf.replace("{0}", data.step).replace("{1}", data.total_steps ?? "?"));
  const verdict = root.dataset[`verdict${(data.verdict ?? "starting").replace(/^./, letter => letter.toUpperCase())}`];
  set("verdict", verdict ?? data.verdict);
  for (const field of root.querySelectorAll("[data-format]")) {
    const value = data[field.dataset.field];
    if (typeof value === "number") field.textContent = format(value, field.dataset.format);
  }
}

function set(name, text) {
  const field = root.querySelector(`[data-field="${name}"]`);
  if (field.textContent !== text) field.textContent = text;
}

function format(value, kind) {
  if (kind === "time") {
    const seconds = Math.max(0, Math.round(value));
    return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  }
  return kind === "e" ? value.toExponential(2) : value.toFixed(kind.includes(".") ? kind.length - 2 : 0);
}
