// Rows as they arrive: gathered for an animation frame, and never more than MOST in the page.
import { localTimes } from "./times.js";
import { onKey } from "./keys.js";
import { selectRanges } from "./picture.js";
import { completeSearch } from "./search.js";
import * as unread from "./unread.js";

const MOST = 300;
const SUMMARY_EVERY = 1500;
const list = document.getElementById("rows");
const news = document.getElementById("news");
const pause = document.getElementById("pause");
let waiting = [];
let missed = 0;
let scheduled = false;
let newest = Number(list.dataset.after);
let summaryDue = false;

function paused() {
  return pause.getAttribute("aria-pressed") === "true";
}

function gather(event) {
  const { html, count } = JSON.parse(event.data);
  waiting.push(html);
  missed += count;
  newest = Math.max(newest, Number(event.lastEventId));
  // Of a flood that nobody looks at, only the end is ever shown.
  if (waiting.length > MOST) waiting = waiting.slice(-MOST);
  countAgain();
  if (paused() || document.hidden) return tell();
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(show);
}

function show() {
  scheduled = false;
  const parts = waiting.reverse();
  waiting = [];
  missed = 0;
  const template = document.createElement("template");
  template.innerHTML = parts.join("");
  const rows = [...template.content.children].slice(0, MOST);
  for (const row of rows) row.classList.add("fresh");
  localTimes(template.content);
  unread.mark(rows);
  const top = list.getBoundingClientRect().top;
  const height = list.offsetHeight;
  list.prepend(...rows);
  while (list.children.length > MOST) list.lastElementChild.remove();
  // Who reads further down keeps the place.
  if (top < 0) window.scrollBy(0, list.offsetHeight - height);
  document.getElementById("empty")?.remove();
  if (document.getElementById("first-visit")) location.reload();
  tell();
}

function tell() {
  news.hidden = missed === 0;
  news.textContent = `${missed} new: show`;
}

// Number, picture and chips are the server's, asked for now and then while there is news.
function countAgain() {
  if (summaryDue) return;
  summaryDue = true;
  setTimeout(async () => {
    summaryDue = false;
    const summary = document.getElementById("summary");
    if (!summary || summary.querySelector("details[open]")) return;
    const answer = await fetch(`/inbox/summary?${new URLSearchParams({ q: list.dataset.q })}`);
    if (!answer.ok) return;
    summary.innerHTML = await answer.text();
    localTimes(summary);
  }, SUMMARY_EVERY);
}

function follow() {
  const query = new URLSearchParams({ after: list.dataset.after });
  if (list.dataset.q) query.set("q", list.dataset.q);
  const source = new EventSource(`${list.dataset.live}?${query}`);
  source.addEventListener("rows", gather);
  source.addEventListener("open", () => { document.body.dataset.stream = "open"; });
  source.addEventListener("error", () => { document.body.dataset.stream = "lost"; });
  pause.hidden = false;
  pause.addEventListener("click", toggle);
  onKey("p", toggle);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused() && waiting.length) show(); });
}

function toggle() {
  const now = !paused();
  pause.setAttribute("aria-pressed", String(now));
  pause.textContent = now ? "Go on" : "Pause";
  if (!now && waiting.length) show();
}

function readAll() {
  unread.readAll(newest);
  unread.mark(list.children);
}

function ask(event) {
  if (!window.confirm("Forget everything that was caught, in every project?")) event.preventDefault();
}

document.getElementById("read-all").hidden = false;
document.getElementById("read-all").addEventListener("click", readAll);
document.getElementById("clear-form").addEventListener("submit", ask);
news.addEventListener("click", () => { if (paused()) toggle(); else show(); window.scrollTo({ top: 0 }); });
completeSearch();
selectRanges(document);
unread.begin(Number(list.dataset.after));
unread.mark(list.children);
if (list.dataset.live) follow();
