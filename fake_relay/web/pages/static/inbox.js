// Rows as they arrive: gathered for an animation frame, and never more than MOST in the page.
import { localTimes } from "./times.js";
import { fetched, parse } from "./html.js";
import { morph } from "./morph.js";
import { pauseBy, paused, toggle } from "./pause.js";
import { refresh, say } from "./live.js";
import { selectRanges } from "./picture.js";
import { listen } from "./stream.js";
import * as unread from "./unread.js";

const MOST = 300;
const GATHERED = 200;
const FLASHED = 5;
const ANCHORED = CSS.supports("overflow-anchor", "auto");
const SUMMARY_EVERY = 1500;
const list = document.getElementById("rows");
const news = document.getElementById("news");
let waiting = [];
let missed = 0;
let far = false;
let looking = false;
let scheduled = false;
let last = 0;
let newest = Number(list.dataset.after);
let summaryDue = false;

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
  const wait = last + GATHERED - performance.now();
  if (wait > 0) setTimeout(requestAnimationFrame, wait, show);
  else requestAnimationFrame(show);
}

function show() {
  scheduled = false;
  if (looking) return;
  if (far || document.getElementById("first-visit")) return lookAgain();
  const arrived = [...parse(waiting.reverse().join("")).children];
  // What a look at the whole page has brought already is not news.
  const rows = arrived.filter((row) => Number(row.dataset.id) > Number(list.dataset.after)).slice(0, MOST);
  if (rows.length) say(`${rows.length} new`);
  waiting = [];
  missed = 0;
  last = performance.now();
  for (const row of rows) {
    localTimes(row);
    // In a flood everything is new, and each would be painted over and over.
    if (rows.length <= FLASHED) row.classList.add("fresh");
  }
  unread.mark(rows);
  const height = ANCHORED ? 0 : list.offsetHeight;
  list.prepend(...rows);
  while (list.children.length > MOST) list.lastElementChild.remove();
  // Who reads further down keeps the place; most browsers see to it.
  if (!ANCHORED && list.getBoundingClientRect().top < 0) window.scrollBy(0, list.offsetHeight - height);
  document.getElementById("empty")?.remove();
  tell();
}

// So much came while nobody looked that its rows are not worth telling one by one.
function behind(event) {
  far = true;
  newest = Math.max(newest, Number(event.lastEventId));
  if (paused()) tell();
  else lookAgain();
}

async function lookAgain() {
  looking = true;
  const complete = await refresh();
  looking = false;
  if (!complete) return;
  far = false;
  newest = Math.max(newest, Number(list.dataset.after));
  unread.mark(list.children);
  show();
}

function tell() {
  news.hidden = missed === 0 && !far;
  news.textContent = far ? "Many new: show" : `${missed} new: show`;
  if (!news.hidden) say(`${far ? "Many" : missed} new`);
}

// Number, picture and chips are the server's, asked for now and then while there is news.
function countAgain() {
  if (summaryDue) return;
  summaryDue = true;
  setTimeout(async () => {
    summaryDue = false;
    const summary = document.getElementById("summary");
    if (!summary || document.hidden) return;
    const found = await fetched(`/inbox/summary?${new URLSearchParams({ q: list.dataset.q })}`);
    if (!found) return;
    const fresh = summary.cloneNode(false);
    fresh.append(found);
    localTimes(fresh);
    morph(summary, fresh);
  }, SUMMARY_EVERY);
}

function address() {
  const query = new URLSearchParams({ after: String(newest) });
  if (list.dataset.q) query.set("q", list.dataset.q);
  return `${list.dataset.live}?${query}`;
}

function goOn() {
  if (far) lookAgain();
  else if (waiting.length) show();
}

function readAll() {
  unread.readAll(newest);
  unread.mark(list.children);
}

function ask(event) {
  const project = document.getElementById("clear-project")?.value;
  const what = project ? `everything of project ${project}` : "everything that was caught, in every project";
  if (!window.confirm(`Forget ${what}?`)) event.preventDefault();
}

document.getElementById("read-all").hidden = false;
document.getElementById("read-all").addEventListener("click", readAll);
document.getElementById("clear-form").addEventListener("submit", ask);
news.addEventListener("click", () => { if (paused()) toggle(); else goOn(); window.scrollTo({ top: 0 }); });
selectRanges(document);
unread.begin(Number(list.dataset.after));
unread.mark(list.children);
if (list.dataset.live) {
  pauseBy(goOn);
  listen(address, { rows: gather, behind });
}
