// Chats kept in this browser: the newest fifty, listed, shown again, forgotten on request or when a document was deleted.

const KEY = "ratchet.chats";
const CHATS_MAX = 50;

export class ChatHistory {
  /** @param bar the element with list and buttons; @param show draws the turns of a chat; @param purged text for what is gone. */
  constructor(bar, show, purged) {
    this.bar = bar;
    this.show = show;
    this.purged = purged;
    this.list = bar.querySelector("[data-list]");
    this.chats = this.read();
    this.current = null;
    bar.hidden = false;
    bar.querySelector("[data-new]").addEventListener("click", () => location.assign("/"));
    bar.querySelector("[data-forget]").addEventListener("click", () => {
      this.chats = [];
      this.write();
      location.assign("/");
    });
  }

  /** Draws the list, opens the chat that the address names, and forgets answers whose documents are deleted. */
  async start() {
    this.draw();
    await this.forgetPurged();
    const chat = this.chats.find(item => `#${item.id}` === location.hash);
    if (chat) this.open(chat);
  }

  turns() {
    return this.current ? [...this.current.turns] : [];
  }

  turnsBefore(id) {
    const turns = this.turns();
    const at = turns.findIndex(turn => turn.id === id);
    return at < 0 ? turns : turns.slice(0, at - 1);
  }

  add(turn) {
    if (!this.current) {
      this.current = { id: `chat-${Date.now().toString(36)}`, title: turn.text.slice(0, 60), turns: [] };
      this.chats.unshift(this.current);
      this.chats.length = Math.min(this.chats.length, CHATS_MAX);
      window.history.replaceState(null, "", `#${this.current.id}`);
    }
    this.current.turns.push(turn);
    this.write();
    this.draw();
  }

  remove(id) {
    if (!this.current) return;
    this.current.turns = this.current.turns.filter(turn => turn.id !== id);
    this.write();
  }

  removeLast() {
    this.current?.turns.pop();
    if (this.current?.turns.length === 0) {
      this.chats = this.chats.filter(chat => chat !== this.current);
      this.current = null;
    }
    this.write();
    this.draw();
  }

  open(chat) {
    this.current = chat;
    window.history.replaceState(null, "", `#${chat.id}`);
    this.show(chat.turns);
    this.bar.querySelector("details").open = false;
    this.draw();
  }

  draw() {
    this.bar.querySelector("[data-none]").hidden = this.chats.length > 0;
    this.bar.querySelector("[data-forget]").hidden = this.chats.length === 0;
    this.list.replaceChildren(...this.chats.map(chat => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = chat.title;
      if (chat === this.current) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => this.open(chat));
      item.append(button);
      return item;
    }));
  }

  async forgetPurged() {
    const ids = this.chats.flatMap(chat => chat.turns.map(turn => turn.id)).filter(Boolean);
    if (ids.length === 0) return;
    try {
      const response = await fetch("/ui/purged", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(ids),
      });
      if (!response.ok) return;
      const gone = new Set(await response.json());
      if (gone.size === 0) return;
      for (const chat of this.chats) {
        chat.turns = chat.turns.map((turn, i) => {
          if (gone.has(turn.id)) return { role: "assistant", text: "", id: turn.id, purged: true };
          return turn.role === "user" && gone.has(chat.turns[i + 1]?.id) ? { role: "user", text: "…" } : turn;
        });
        if (chat.turns[0]?.text === "…") chat.title = "…";
      }
      this.write();
      this.draw();
    } catch {
      // Asked again at the next visit.
    }
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return [];
    }
  }

  write() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.chats));
    } catch {
      // Full or forbidden: the chat goes on, it is just not kept.
    }
  }
}
