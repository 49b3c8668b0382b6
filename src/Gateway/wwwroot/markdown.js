// A safe subset of Markdown as DOM nodes: paragraphs, lists, headings, code, bold, italics, links. Never as HTML text.

/** Replaces the node's children by the rendered text. */
export function renderMarkdown(node, text) {
  node.replaceChildren(...blocks(text));
}

function* blocks(text) {
  const lines = text.split("\n");
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (line.trim() === "") {
      i++;
    } else if (line.startsWith("```")) {
      const code = [];
      for (i++; i < lines.length && !lines[i].startsWith("```"); i++) code.push(lines[i]);
      i++;
      const pre = document.createElement("pre");
      pre.textContent = code.join("\n");
      yield pre;
    } else if (/^#{1,6} /.test(line)) {
      const head = document.createElement("h3");
      inline(head, line.replace(/^#+ /, ""));
      i++;
      yield head;
    } else if (/^\s*([-*•]|\d+[.)]) /.test(line)) {
      const list = document.createElement(/^\s*\d/.test(line) ? "ol" : "ul");
      for (; i < lines.length && /^\s*([-*•]|\d+[.)]) /.test(lines[i]); i++) {
        const item = document.createElement("li");
        inline(item, lines[i].replace(/^\s*([-*•]|\d+[.)]) /, ""));
        list.append(item);
      }
      yield list;
    } else {
      const part = [];
      for (; i < lines.length && lines[i].trim() !== "" && !/^(```|#{1,6} |\s*([-*•]|\d+[.)]) )/.test(lines[i]); i++) part.push(lines[i]);
      const paragraph = document.createElement("p");
      inline(paragraph, part.join("\n"));
      yield paragraph;
    }
  }
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

function inline(node, text) {
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    node.append(text.slice(last, match.index));
    last = match.index + match[0].length;
    const [, code, strong, emphasis, label, url] = match;
    const child = document.createElement(code ? "code" : strong ? "strong" : emphasis ? "em" : "a");
    child.textContent = code ?? strong ?? emphasis ?? label;
    if (url) {
      child.href = url;
      child.rel = "noopener nofollow";
    }
    node.append(child);
  }
  node.append(text.slice(last));
}
