// Links of the class `copy` lead to a text; with scripts they put it on the clipboard.
// Buttons with `data-copy` have the text themselves.
export function copyButtons() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", async () => {
      if (await written(button.dataset.copy)) say(button);
    });
  }
  for (const link of document.querySelectorAll("a.copy")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      copy(link);
    });
  }
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
