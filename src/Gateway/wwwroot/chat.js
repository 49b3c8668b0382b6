// The chat page: streams answers, shows their sources, takes feedback, keeps chats in this browser.
import { readEvents } from "/assets/sse.js";
import { renderMarkdown } from "/assets/markdown.js";
import { ChatHistory } from "/assets/history.js";

const TOKENS_MAX = 256;
const root = document.getElementById("chat");
const words = root.dataset;
const messages = document.getElementById("messages");
const form = document.getElementById("composer");
const input = document.getElementById("question");
const send = document.getElementById("send");
const stop = document.getElementById("stop");
const history = new ChatHistory(document.getElementById("history"), show, words.purged);
let running = null;

form.addEventListener("submit", event => {
  event.preventDefault();
  const question = input.value.trim();
  if (!question || running) return;
  input.value = "";
  ask(question);
});

input.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    form.requestSubmit();
  }
});

stop.addEventListener("click", () => running?.abort());
document.addEventListener("keydown", event => {
  if (event.key === "Escape") running?.abort();
});

/** Asks a question and shows the answer as it comes. */
async function ask(question) {
  document.getElementById("welcome")?.remove();
  const turns = history.turns();
  addUser(question);
  history.add({ role: "user", text: question });
  await answer(question, turns);
}

async function answer(question, turns) {
  const card = addAssistant();
  const text = card.querySelector("[data-text]");
  const turn = { role: "assistant", text: "" };
  const began = performance.now();
  running = new AbortController();
  send.hidden = true;
  stop.hidden = false;
  text.textContent = words.thinking;
  text.classList.add("pulse");
  try {
    const response = await fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request(question, turns)),
      signal: running.signal,
    });
    if (!response.ok) throw new Error((await response.json()).error?.message ?? words.failed);
    for await (const event of readEvents(response)) {
      if (event.data === "[DONE]") break;
      take(JSON.parse(event.data), turn, card, began);
    }
    finish(turn, card, question, began);
  } catch (failure) {
    text.classList.remove("pulse");
    if (failure.name === "AbortError" && turn.text) {
      finish(turn, card, question, began);
      say(card, words.stopped);
    } else if (failure.name === "AbortError") {
      card.remove();
      restore(question);
    } else {
      if (turn.text) {
        finish(turn, card, question, began);
        say(card, words.broke);
      } else {
        card.remove();
        history.removeLast();
      }
      showError(failure.message || words.failed, question, turn.text === "");
    }
  } finally {
    running = null;
    send.hidden = false;
    stop.hidden = true;
    input.focus();
  }
}

function request(question, turns) {
  const fields = new FormData(form);
  const collection = fields.get("collection");
  return {
    model: fields.get("model"),
    stream: true,
    max_completion_tokens: TOKENS_MAX,
    retrieval: fields.get("retrieval") === null ? false : collection ? { collection } : undefined,
    messages: [...turns.filter(turn => turn.text).map(turn => ({ role: turn.role, content: turn.text })), { role: "user", content: question }],
  };
}

function take(chunk, turn, card, began) {
  if (chunk.error) throw new Error(chunk.error.message);
  turn.id ??= chunk.id;
  turn.model = chunk.model;
  turn.trace = chunk.x_ratchet ?? turn.trace;
  const delta = chunk.choices?.[0]?.delta?.content;
  if (!delta) return;
  turn.first ??= performance.now() - began;
  turn.text += delta;
  const text = card.querySelector("[data-text]");
  text.classList.remove("pulse");
  const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;
  renderMarkdown(text, turn.text);
  if (atEnd) window.scrollTo(0, document.body.scrollHeight);
}

function finish(turn, card, question, began) {
  turn.took = performance.now() - began;
  fill(card, turn, question);
  history.add(turn);
}

/** Puts a finished answer, its sources and its actions into a card. */
function fill(card, turn, question) {
  const text = card.querySelector("[data-text]");
  text.classList.remove("pulse");
  renderMarkdown(text, turn.text);
  card.dataset.chat = turn.id ?? "";
  for (const field of card.querySelectorAll("[name=chat_id]")) field.value = turn.id ?? "";
  card.querySelector("[name=correction]").value = turn.text;
  card.querySelector("[data-unanswerable]").hidden = turn.trace?.answerable !== false;
  const chunks = turn.trace && turn.trace.answerable !== false ? turn.trace.chunks ?? [] : [];
  const sources = card.querySelector("[data-sources]");
  sources.hidden = chunks.length === 0;
  sources.querySelector("ol").replaceChildren(...chunks.map((chunk, i) => chip(chunk, i + 1, question)));
  const meta = card.querySelector("[data-meta]");
  const code = document.createElement("code");
  code.textContent = turn.model ?? "";
  const times = [turn.first && words.first.replace("{0}", seconds(turn.first)), turn.took && words.total.replace("{0}", seconds(turn.took))].filter(Boolean);
  meta.replaceChildren(turn.trace?.adapter ? "" : `${words.base} `, code, times.length ? ` · ${times.join(" · ")}` : "");
  card.querySelector("[data-actions]").hidden = !turn.id;
  for (const close of card.querySelectorAll("[data-close-details]")) close.hidden = false;
  connect(card, turn, question);
}

function chip(chunk, number, question) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "chip";
  link.href = `/knowledge/${encodeURIComponent(chunk.document)}#${chunk.id}`;
  const index = document.createElement("b");
  index.textContent = number;
  const tip = document.createElement("span");
  tip.className = "tip";
  tip.role = "tooltip";
  mark(tip, chunk.text ?? "", question);
  link.append(index, ` ${chunk.title ?? chunk.document}`, tip);
  item.append(link);
  return item;
}

/** Writes a passage with the question's words marked in it. */
function mark(node, text, question) {
  const wanted = [...new Set((question ?? "").toLowerCase().match(/[\p{L}\p{N}]{3,}|[\u4e00-\u9fff]{2}/gu) ?? [])];
  if (wanted.length === 0) {
    node.textContent = text;
    return;
  }
  const pattern = new RegExp(`(${wanted.map(word => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "giu");
  node.replaceChildren(...text.split(pattern).map((part, i) => {
    if (i % 2 === 0) return part;
    const found = document.createElement("mark");
    found.textContent = part;
    return found;
  }));
}

function connect(card, turn, question) {
  for (const feedback of card.querySelectorAll("form")) {
    feedback.addEventListener("submit", async event => {
      event.preventDefault();
      const button = event.submitter;
      const fields = new FormData(feedback);
      const correction = fields.get("correction");
      const ok = await judge(card, correction ? { chat_id: turn.id, correction } : { chat_id: turn.id, rating: button.value });
      if (!ok) return;
      if (correction) {
        card.querySelector("[data-correction]").open = false;
        say(card, words.thanksCorrection);
      } else {
        for (const other of feedback.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", other === button);
        say(card, words.thanks);
      }
    });
  }
  card.querySelector("[data-correct]").addEventListener("click", () => {
    const details = card.querySelector("[data-correction]");
    details.open = !details.open;
    if (details.open) details.querySelector("textarea").focus();
  });
  card.querySelector("[data-copy-answer]").addEventListener("click", async event => {
    await navigator.clipboard.writeText(turn.text);
    say(card, event.target.dataset.copied);
  });
  card.querySelector("[data-regenerate]").addEventListener("click", async () => {
    if (running) return;
    await judge(card, { chat_id: turn.id, kind: "regenerate" });
    const turns = history.turnsBefore(turn.id);
    history.remove(turn.id);
    card.remove();
    await answer(question, turns);
  });
}

async function judge(card, body) {
  try {
    const response = await fetch("/v1/feedback", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return true;
    say(card, (await response.json()).error?.message ?? words.failed);
  } catch {
    say(card, words.failed);
  }
  return false;
}

function say(card, text) {
  card.querySelector("[data-said]").textContent = text;
}

function addUser(text) {
  const card = clone("user-card");
  card.querySelector(".text").textContent = text;
  messages.append(card);
  return card;
}

function addAssistant() {
  const card = clone("assistant-card");
  messages.append(card);
  card.scrollIntoView({ block: "end" });
  return card;
}

function showError(message, question, isUnanswered) {
  const card = clone("error-card");
  card.querySelector("[data-message]").textContent = message;
  card.querySelector("[data-retry]").addEventListener("click", () => {
    card.remove();
    if (isUnanswered) messages.querySelector(".message.user:last-of-type")?.remove();
    ask(question);
  });
  messages.append(card);
}

// Nothing typed is lost: what was stopped before its answer began goes back into the box.
function restore(question) {
  history.removeLast();
  messages.querySelector(".message.user:last-of-type")?.remove();
  input.value ||= question;
}

function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Shows a chat out of the history. */
function show(turns) {
  if (running) running.abort();
  messages.replaceChildren();
  let question = "";
  for (const turn of turns) {
    if (turn.role === "user") {
      question = turn.text;
      addUser(turn.text);
    } else {
      const card = addAssistant();
      fill(card, turn, question);
      if (turn.purged) {
        card.querySelector("[data-text]").textContent = words.purged;
        card.querySelector("[data-actions]").hidden = true;
      }
    }
  }
}

history.start();
