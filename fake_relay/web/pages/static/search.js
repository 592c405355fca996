// Completion of searches: the server knows fields and values, this shows and takes them.
// A field of the search language names its list of choices by `aria-controls`.
let field = null;
let list = null;
let start = 0;
let chosen = -1;
let asked = 0;

export function completeSearch() {
  for (const one of document.querySelectorAll("input[role=combobox]")) {
    one.addEventListener("input", ask);
    one.addEventListener("focus", begin);
    one.addEventListener("keydown", steer);
    one.addEventListener("blur", hide);
    // Before the field loses its focus.
    document.getElementById(one.getAttribute("aria-controls")).addEventListener("mousedown", (event) => {
      event.preventDefault();
      const entry = event.target.closest("li");
      if (entry) take(entry);
    });
  }
}

function begin(event) {
  field = event.target;
  list = document.getElementById(field.getAttribute("aria-controls"));
  if (field.value === "") ask();
}

async function choices(query) {
  try {
    const answer = await fetch(`/inbox/complete?${query}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    // Without the server one types all of it.
    return null;
  }
}

async function ask() {
  const turn = ++asked;
  const query = new URLSearchParams({ q: field.value, caret: String(field.selectionStart ?? field.value.length) });
  const found = await choices(query);
  if (found === null || turn !== asked || document.activeElement !== field) return;
  start = found.start;
  show(found.choices);
}

function show(choices) {
  const typed = field.value.slice(start, field.selectionStart ?? undefined);
  const useful = choices.filter((choice) => choice.text !== typed);
  list.replaceChildren(...useful.map(entry));
  chosen = -1;
  list.hidden = useful.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
}

function entry(choice, place) {
  const made = document.createElement("li");
  made.id = `choice-${place}`;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  made.dataset.text = choice.text;
  const text = document.createElement("code");
  text.textContent = choice.text;
  const about = document.createElement("span");
  about.textContent = choice.about;
  made.append(text, about);
  return made;
}

function hide() {
  asked += 1;
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
}

function mark(place) {
  const entries = [...list.children];
  chosen = (place + entries.length) % entries.length;
  entries.forEach((one, index) => one.setAttribute("aria-selected", String(index === chosen)));
  field.setAttribute("aria-activedescendant", entries[chosen].id);
}

function take(one) {
  const caret = field.selectionStart ?? field.value.length;
  const text = one.dataset.text;
  const space = text.endsWith(":") ? "" : " ";
  field.value = field.value.slice(0, start) + text + space + field.value.slice(caret).trimStart();
  const end = start + text.length + space.length;
  field.setSelectionRange(end, end);
  ask();
}

function steer(event) {
  if (list.hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    mark(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1));
  } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
    event.preventDefault();
    take(list.children[chosen]);
  } else if (event.key === "Escape") {
    event.stopPropagation();
    hide();
  }
}
