// Reads a time chart's table under the pointer, so that a value can be had without counting pixels.

const NS = "http://www.w3.org/2000/svg";

document.addEventListener("pointermove", event => {
  const svg = event.target.closest?.("[data-time-chart] svg");
  if (!svg) return;
  const rows = [...svg.closest("figure").querySelectorAll("tbody tr")];
  if (rows.length === 0) return;
  const left = Number(svg.dataset.left), right = Number(svg.dataset.right);
  const box = svg.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
  const last = Number(svg.dataset.last);
  const at = (x - left) / (right - left) * last;
  const row = rows.reduce((best, one) => Math.abs(one.dataset.at - at) < Math.abs(best.dataset.at - at) ? one : best);
  clear(svg);
  const cursor = document.createElementNS(NS, "line");
  const place = left + (right - left) * row.dataset.at / Math.max(1, last);
  for (const [name, value] of Object.entries({ class: "cursor", x1: place, x2: place, y1: 10, y2: 232 })) cursor.setAttribute(name, value);
  svg.append(cursor);
  const heads = [...svg.closest("figure").querySelectorAll("th")].map(head => head.textContent);
  svg.closest("figure").querySelector("[data-reading]").textContent =
    [...row.cells].map((cell, i) => i === 0 ? cell.textContent : cell.textContent && `${heads[i]} ${cell.textContent}`).filter(Boolean).join(" · ");
});

document.addEventListener("pointerout", event => {
  const svg = event.target.closest?.("[data-time-chart] svg");
  if (!svg || svg.contains(event.relatedTarget)) return;
  clear(svg);
  svg.closest("figure").querySelector("[data-reading]").textContent = "";
});

function clear(svg) {
  svg.querySelector(".cursor")?.remove();
}
