// What every page has: the theme's button, keys, times in the browser's zone, completion, news.
import { completeSearch } from "./search.js";
import { copyButtons } from "./copy.js";
import { followKeys } from "./keys.js";
import { followNews } from "./live.js";
import { localTimes } from "./times.js";

const THEMES = ["system", "light", "dark"];

function chosenTheme() {
  return document.documentElement.dataset.theme ?? "system";
}

function showTheme() {
  const name = chosenTheme();
  document.getElementById("theme-name").textContent = name[0].toUpperCase() + name.slice(1);
}

function nextTheme() {
  const next = THEMES[(THEMES.indexOf(chosenTheme()) + 1) % THEMES.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("fake-relay-theme", next);
  } catch {
    // It holds for this page, then.
  }
  showTheme();
}

document.getElementById("theme").addEventListener("click", nextTheme);
showTheme();
localTimes(document);
followKeys();
copyButtons();
completeSearch();
followNews();
