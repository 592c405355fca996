// An item that was looked at is no longer new; the difference can be narrowed to what differs.
import * as unread from "./unread.js";

unread.opened(Number(document.querySelector("article.item").dataset.id));

const only = document.getElementById("only-changes");
only?.addEventListener("change", () => {
  document.getElementById("difference").classList.toggle("only-changes", only.checked);
});
