// Keys: a table from key to what it does; pages add theirs with `onKey`.
const actions = new Map();

export function onKey(key, action) {
  actions.set(key, action);
}

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

function links() {
  return [...document.querySelectorAll(".row a, tr[data-row] a.open")];
}

function move(step) {
  const neighbour = document.querySelector(step > 0 ? "a[data-key-next]" : "a[data-key-previous]");
  if (neighbour) return neighbour.click();
  const all = links();
  const place = all.indexOf(document.activeElement);
  const next = all[place < 0 ? (step > 0 ? 0 : all.length - 1) : place + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export function followKeys() {
  const help = document.getElementById("keys");
  document.getElementById("keys-open").addEventListener("click", () => help.showModal());
  onKey("?", () => help.showModal());
  onKey("j", () => move(1));
  onKey("k", () => move(-1));
  onKey("/", () => document.getElementById("q")?.focus());
  onKey("u", () => document.querySelector("a[data-key-up]")?.click());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === "Escape" && event.target.id === "q") return event.target.blur();
    const action = actions.get(event.key);
    if (!action || typing(event.target)) return;
    event.preventDefault();
    action();
  });
}
