// Keys: a table from key to what it does and the words for it; pages add theirs with `onKey`.
const actions = new Map();

export function onKey(key, action, words, applies = () => true) {
  actions.set(key, { action, words, applies });
}

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

function links() {
  return [...document.querySelectorAll(".row a, tr[data-row] a.open")];
}

function neighbour(step) {
  return document.querySelector(step > 0 ? "a[data-key-next]" : "a[data-key-previous]");
}

function move(step) {
  if (neighbour(step)) return neighbour(step).click();
  const all = links();
  const place = all.indexOf(document.activeElement);
  const next = all[place < 0 ? (step > 0 ? 0 : all.length - 1) : place + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

// Only what does something on this page.
function showHelp() {
  const help = document.getElementById("keys");
  const lines = [...actions].filter(([, entry]) => entry.applies()).map(([key, entry]) => [key, entry.words]);
  if (links().length) lines.push(["Enter", "open the row"]);
  if (document.getElementById("q")) lines.push(["↓ ↑ Enter Esc", "in the search: choose, take, close"]);
  help.querySelector("dl").replaceChildren(...lines.flatMap(helpLine));
  help.showModal();
}

function helpLine([keys, words]) {
  const term = document.createElement("dt");
  for (const key of keys.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap, " ");
  }
  const meaning = document.createElement("dd");
  meaning.textContent = words;
  return [term, meaning];
}

export function followKeys() {
  const help = document.getElementById("keys");
  const steps = (step) => () => neighbour(step) !== null || links().length > 0;
  const search = () => document.getElementById("q");
  const up = () => document.querySelector("a[data-key-up]");
  document.getElementById("keys-open").addEventListener("click", showHelp);
  onKey("j", () => move(1), "next row, or item", steps(1));
  onKey("k", () => move(-1), "previous row, or item", steps(-1));
  onKey("/", () => search()?.focus(), "search", () => search() !== null);
  onKey("u", () => up()?.click(), "back to the list", () => up() !== null);
  onKey("?", showHelp, "this help");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === "Escape" && event.target.id === "q") return event.target.blur();
    const found = actions.get(event.key);
    if (!found || typing(event.target)) return;
    event.preventDefault();
    found.action();
  });
}
