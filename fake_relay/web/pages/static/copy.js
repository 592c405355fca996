// Links of the class `copy` lead to a text; with scripts they put it on the clipboard.
// Buttons with `data-copy` have the text themselves. Both may come and go while the page lives.
export function copyButtons() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (button && await written(button.dataset.copy)) say(button);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.copy");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copy(link);
  });
}

async function copy(link) {
  const answer = await fetch(link.href);
  const text = await answer.text();
  if (!answer.ok || !(await written(text))) return location.assign(link.href);
  say(link);
}

function say(element) {
  const label = element.textContent;
  element.textContent = "Copied";
  setTimeout(() => { element.textContent = label; }, 1500);
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or a page that is neither local nor encrypted: the text is shown instead.
    return false;
  }
}
