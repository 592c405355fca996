// Keeps the page as the server would show it now: a stream says that there is news, the page asks
// for itself again, at most once a second, and changes what differs.
import { fetched } from "./html.js";
import { morph } from "./morph.js";
import { pauseBy, paused, toggle } from "./pause.js";
import { listen } from "./stream.js";
import { localTimes } from "./times.js";

const EVERY = 1000;
const SAID_EVERY = 10000;
const main = document.getElementById("main");
const older = new URLSearchParams(location.search).has("cursor");
let waiting = false;
let heard = "";
let missed = 0;
let more = false;
let last = 0;
let due = null;
let said = 0;

export function followNews() {
  if (!main.dataset.news) return;
  addControls();
  if (!older) pauseBy(soon);
  document.getElementById("news").addEventListener("click", show);
  // After a silence of the server, what was not fetched is fetched.
  listen(address, { news: hear, open: () => { if (waiting) soon(); } });
}

function addControls() {
  const page = main.querySelector(".page");
  const pause = made("button", "pause", "live-pause", "Pause");
  pause.type = "button";
  pause.hidden = true;
  pause.setAttribute("aria-pressed", "false");
  const news = made("button", "news", "news", "");
  news.type = "button";
  news.hidden = true;
  const words = made("p", "news-words", "unseen", "");
  words.setAttribute("role", "status");
  page.prepend(pause, words, news);
}

function made(tag, id, className, text) {
  const element = document.createElement(tag);
  element.id = id;
  element.className = className;
  element.textContent = text;
  element.dataset.keep = "";
  return element;
}

// From what the page shows on; so it counts anew.
function address() {
  missed = 0;
  more = false;
  const query = new URLSearchParams(location.search);
  query.delete("cursor");
  query.set("seen", main.dataset.seen);
  return `${main.dataset.news}?${query}`;
}

function hear(event) {
  const found = JSON.parse(event.data);
  waiting = true;
  heard = event.lastEventId;
  missed += found.count;
  more ||= found.more;
  if (paused() || older) tell();
  else soon();
}

function soon() {
  if (due === null && !older) due = setTimeout(fetchAgain, Math.max(0, last + EVERY - performance.now()));
}

async function fetchAgain() {
  const before = heard;
  last = performance.now();
  const complete = !paused() && !document.hidden && await refresh();
  due = null;
  if (paused()) tell();
  else if (heard !== before) soon();
  else if (complete) arrived();
}

// Whether the page is now as the server shows it.
export async function refresh() {
  const fresh = (await fetched(location.href))?.querySelector("main");
  if (!fresh) return false;
  localTimes(fresh);
  morph(main, fresh);
  return true;
}

function words() {
  return missed ? `${missed}${more ? " or more" : ""} new` : "Something changed";
}

function tell() {
  const news = document.getElementById("news");
  news.hidden = !waiting;
  news.textContent = `${words()}: show`;
  say(words());
}

function arrived() {
  document.getElementById("news").hidden = true;
  say(words());
  waiting = false;
  missed = 0;
  more = false;
}

// To those who hear the page; a flood is not read out second by second.
export function say(text) {
  if (performance.now() - said < SAID_EVERY && said) return;
  said = performance.now();
  document.getElementById("news-words").textContent = text;
}

function show() {
  if (older) {
    const query = new URLSearchParams(location.search);
    query.delete("cursor");
    return location.assign(`${location.pathname}?${query}`);
  }
  if (paused()) toggle();
  else soon();
  window.scrollTo({ top: 0 });
}
