// Which items were opened: kept in this browser, as ids above a bound that moves up.
const KEY = "fake-relay-read";
const MOST = 2000;

function load() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return { upTo: found?.upTo ?? null, opened: new Set(found?.opened ?? []) };
  } catch {
    return { upTo: null, opened: new Set() };
  }
}

function save(state) {
  try {
    const opened = [...state.opened].slice(-MOST);
    localStorage.setItem(KEY, JSON.stringify({ upTo: state.upTo, opened }));
  } catch {
    // Without storage everything is as new as it is.
  }
}

// The first visit has seen what was there; a store that begins anew has lower ids.
export function begin(position) {
  const state = load();
  if (state.upTo === null || state.upTo > position) save({ upTo: position, opened: new Set() });
}

export function readAll(position) {
  save({ upTo: position, opened: new Set() });
}

export function opened(id) {
  const state = load();
  if (id <= state.upTo) return;
  state.opened.add(id);
  save(state);
}

export function mark(rows) {
  const state = load();
  for (const row of rows) {
    const id = Number(row.dataset.id);
    row.classList.toggle("unread", id > (state.upTo ?? 0) && !state.opened.has(id));
  }
}
