// Keys of the review page: a approve, e edit, x reject, j next, k previous.

const edit = document.querySelector("[data-edit]");
if (edit) {
  const answer = document.getElementById("example-answer");
  edit.hidden = false;
  edit.addEventListener("click", () => {
    answer.focus();
    answer.setSelectionRange(answer.value.length, answer.value.length);
  });
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const link = { j: "next", k: "previous" }[event.key];
  if (button) {
    event.preventDefault();
    button.click();
  } else if (link) {
    const target = document.getElementById(link);
    if (target?.href) location.assign(target.href);
  }
});

document.querySelector("a[href='#import']")?.addEventListener("click", () => {
  document.getElementById("import").open = true;
});
