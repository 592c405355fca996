// Links of the class `copy` lead to a text; with scripts they put it on the clipboard.
export function copyButtons() {
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
  const label = link.textContent;
  link.textContent = "Copied";
  setTimeout(() => { link.textContent = label; }, 1500);
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
