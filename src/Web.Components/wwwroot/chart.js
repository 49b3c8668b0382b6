// Makes a server-drawn line chart live: it reads the table beside it, takes new points, shows values under the pointer.

const LEFT = 48, RIGHT = 632, TOP = 12, BOTTOM = 212;
const NS = "http://www.w3.org/2000/svg";

/** A chart over one <figure data-chart>. */
export class LineChart {
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.body = figure.querySelector("tbody");
    this.fields = [...figure.querySelectorAll("th[data-field]")].map(head => head.dataset.field);
    this.names = [...figure.querySelectorAll("th[data-field]")].map(head => head.textContent);
    this.rows = new Map();
    for (const row of this.body.rows) {
      const cells = [...row.cells].map(cell => cell.textContent.trim());
      this.rows.set(Number(cells[0]), cells.slice(1).map(text => text === "" ? null : Number(text)));
    }
    this.log = figure.querySelector("[data-log]");
    this.smooth = figure.querySelector("[data-smooth]");
    this.reading = figure.querySelector("[data-reading]");
    for (const box of [this.log, this.smooth]) {
      box.closest("label").hidden = false;
      box.addEventListener("change", () => this.draw());
    }
    this.svg.addEventListener("pointermove", event => this.hover(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
    this.pending = false;
  }

  /** Adds the values of one step; unknown fields are ignored. */
  add(step, values) {
    const row = this.rows.get(step) ?? this.fields.map(() => null);
    let changed = false;
    this.fields.forEach((field, i) => {
      if (typeof values[field] === "number" && row[i] !== values[field]) {
        row[i] = values[field];
        changed = true;
      }
    });
    if (!changed) return;
    this.rows.set(step, row);
    if (!this.pending) {
      this.pending = true;
      requestAnimationFrame(() => {
        this.pending = false;
        this.draw();
        this.table();
      });
    }
  }

  points(i) {
    return [...this.rows].filter(([, row]) => Number.isFinite(row[i])).map(([step, row]) => [step, row[i]]).sort((a, b) => a[0] - b[0]);
  }

  scale(value) {
    return this.log.checked ? Math.log10(Math.max(value, 1e-9)) : value;
  }

  draw() {
    const series = this.fields.map((_, i) => this.points(i));
    const all = series.flat();
    if (all.length === 0) return;
    const xMax = this.xMax = Math.max(1, ...all.map(point => point[0]));
    const values = all.map(point => this.scale(point[1]));
    const low = Math.min(...values), span = (Math.max(...values) - low) || 1;
    this.x = step => LEFT + (RIGHT - LEFT) * step / xMax;
    const y = value => BOTTOM - (BOTTOM - TOP) * (this.scale(value) - low) / span;
    const parts = [];
    for (let i = 0; i < 5; i++) {
      const scaled = low + span * i / 4;
      const at = BOTTOM - (BOTTOM - TOP) * i / 4;
      parts.push(element("line", { class: "axis", x1: LEFT, x2: RIGHT, y1: at, y2: at }));
      parts.push(label(LEFT - 6, at, "end", this.log.checked ? 10 ** scaled : scaled));
    }
    for (const step of new Set([0, Math.round(xMax / 2), xMax])) parts.push(label(this.x(step), 234, "middle", step));
    series.forEach((points, i) => {
      const line = list => list.map(([step, value]) => `${this.x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      if (this.smooth.checked && points.length > 4) {
        parts.push(element("polyline", { class: `s${i} raw`, points: line(points) }));
        let mean = points[0][1];
        parts.push(element("polyline", { class: `s${i}`, points: line(points.map(([step, value]) => [step, mean = 0.85 * mean + 0.15 * value])) }));
      } else {
        parts.push(element("polyline", { class: `s${i}`, points: line(points) }));
      }
    });
    this.svg.replaceChildren(...parts);
  }

  table() {
    const rows = [...this.rows].sort((a, b) => a[0] - b[0]).map(([step, values]) => {
      const row = document.createElement("tr");
      for (const value of [step, ...values]) {
        const cell = document.createElement("td");
        cell.className = "num";
        cell.textContent = value === null ? "" : String(Number(value.toPrecision(6)));
        row.append(cell);
      }
      return row;
    });
    this.body.replaceChildren(...rows);
  }

  hover(event) {
    if (this.rows.size === 0) return;
    if (!this.x) this.draw();
    const box = this.svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width * 640 - LEFT) / (RIGHT - LEFT) * this.xMax;
    const step = [...this.rows.keys()].reduce((best, key) => Math.abs(key - at) < Math.abs(best - at) ? key : best);
    this.svg.querySelector(".cursor")?.remove();
    this.svg.append(element("line", { class: "cursor", x1: this.x(step), x2: this.x(step), y1: TOP, y2: BOTTOM }));
    const values = this.rows.get(step).map((value, i) => value === null ? null : `${this.names[i]} ${Number(value.toPrecision(4))}`);
    this.reading.textContent = [step, ...values.filter(Boolean)].join(" · ");
  }

  leave() {
    this.svg.querySelector(".cursor")?.remove();
    this.reading.textContent = "";
  }
}

function element(name, attributes) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function label(x, y, anchor, value) {
  const node = element("text", { x, y, "text-anchor": anchor, "dominant-baseline": "middle" });
  node.textContent = String(Number(value.toPrecision(3)));
  return node;
}
