// A search that opens payloads takes many answers to get through a large store: this asks for one
// after the other, until the page is full, nothing is left, or somebody says stop.
import { parse } from "./html.js";
import { localTimes } from "./times.js";

const PAUSE = 50;
const list = document.getElementById("rows");
let stopped = false;

function told() {
  return document.getElementById("further");
}

// Stays where it is while what it stands behind is replaced, or no click would hit it.
function stopButton() {
  const stop = document.createElement("button");
  stop.type = "button";
  stop.textContent = "Stop";
  stop.addEventListener("click", () => {
    stopped = true;
    end();
  });
  const place = document.createElement("p");
  place.className = "more stop";
  place.append(stop);
  told().after(place);
}

function end() {
  document.querySelector("p.stop")?.remove();
  told()?.querySelector("a").removeAttribute("hidden");
}

// Whether there is more to look at.
async function lookFurther() {
  let answer;
  try {
    answer = await fetch(told().querySelector("a").href, { headers: { Accept: "text/html" } });
  } catch {
    return false;
  }
  if (!answer.ok || stopped || !told()) return false;
  const fresh = parse(await answer.text());
  const rows = [...fresh.querySelectorAll("#rows > *")];
  const next = fresh.getElementById("further") ?? fresh.getElementById("older");
  for (const part of [...rows, next]) if (part) localTimes(part);
  list.append(...rows);
  if (list.children.length) document.getElementById("empty")?.remove();
  else document.getElementById("empty").replaceWith(fresh.getElementById("empty"));
  if (next) told().replaceWith(next);
  else told().remove();
  return told() !== null && list.children.length < Number(told().dataset.full);
}

async function goOn() {
  if (!told()) return;
  stopButton();
  do {
    told().querySelector("a").hidden = true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  } while (!stopped && told() && await lookFurther());
  end();
}

goOn();
