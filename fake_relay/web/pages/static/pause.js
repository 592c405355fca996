// The button that holds news back, and its key.
import { onKey } from "./keys.js";

const button = () => document.getElementById("pause");

export function paused() {
  return button()?.getAttribute("aria-pressed") === "true";
}

export function toggle() {
  const now = !paused();
  button().setAttribute("aria-pressed", String(now));
  button().textContent = now ? "Go on" : "Pause";
  button().dispatchEvent(new Event("paused"));
}

export function pauseBy(goOn) {
  button().hidden = false;
  button().addEventListener("click", toggle);
  button().addEventListener("paused", () => { if (!paused()) goOn(); });
  onKey("p", toggle, "pause and go on");
}
