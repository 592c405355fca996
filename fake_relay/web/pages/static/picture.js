// Dragging over the picture's bars selects their range of time; a click on one selects it alone.
export function selectRanges(root) {
  let first = null;
  const bars = () => [...root.querySelectorAll(".picture a")];
  const barAt = (event) => event.target.closest?.(".picture a");

  function mark(last) {
    const all = bars();
    const [from, to] = [all.indexOf(first), all.indexOf(last)].sort((a, b) => a - b);
    all.forEach((bar, place) => bar.classList.toggle("selected", place >= from && place <= to));
  }

  root.addEventListener("dragstart", (event) => { if (barAt(event)) event.preventDefault(); });
  root.addEventListener("pointerdown", (event) => { first = barAt(event); });
  root.addEventListener("pointermove", (event) => { if (first && barAt(event)) mark(barAt(event)); });
  root.addEventListener("pointerup", (event) => {
    const last = barAt(event);
    if (first && last && first !== last) select(first, last);
    first = null;
  });

  function select(one, other) {
    const all = bars();
    const [from, to] = all.indexOf(one) < all.indexOf(other) ? [one, other] : [other, one];
    const q = root.querySelector(".picture").dataset.q;
    const range = `received:>=${from.dataset.start} received:<${to.dataset.end}`;
    location.assign(`/?${new URLSearchParams({ q: `${q} ${range}`.trim() })}`);
  }
}
