// Files dropped anywhere on the form are chosen, as if by the button.

const zone = document.querySelector("[data-drop]");
if (zone) {
  const input = zone.querySelector("input[type=file]");
  const panel = zone.closest("details");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, event => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      panel.open = true;
      zone.classList.add("dropping");
    });
  }
  document.addEventListener("dragleave", event => {
    if (event.relatedTarget === null) zone.classList.remove("dropping");
  });
  document.addEventListener("drop", event => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    zone.classList.remove("dropping");
    input.files = event.dataTransfer.files;
    input.focus();
  });
}

// A link to #add opens what it leads to.
const open = () => {
  const target = location.hash && document.querySelector(location.hash);
  if (target instanceof HTMLDetailsElement) target.open = true;
};
window.addEventListener("hashchange", open);
document.addEventListener("click", event => {
  if (event.target.closest("a[href='#add']")) setTimeout(open);
});
open();
