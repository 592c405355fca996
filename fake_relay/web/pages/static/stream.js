// A stream of server-sent events that is open only while somebody looks at the page, and goes on
// where it was: `address` is asked for each time it opens. While the server is away for longer
// than a moment, the body says so (`data-stream`), and the button that pauses shows it.
const LOST_AFTER = 3000;

export function listen(address, handlers) {
  let source = null;
  let losing = null;

  function state(name) {
    clearTimeout(losing);
    losing = null;
    document.body.dataset.stream = name;
  }

  function open() {
    if (source !== null || document.hidden) return;
    source = new EventSource(address());
    for (const [name, handle] of Object.entries(handlers)) source.addEventListener(name, handle);
    source.addEventListener("open", () => state("open"));
    // The browser tries again by itself, and mostly at once.
    source.addEventListener("error", () => { losing ??= setTimeout(state, LOST_AFTER, "lost"); });
  }

  function close() {
    source?.close();
    source = null;
    state("closed");
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  window.addEventListener("pagehide", close);
  // A page that comes back from the browser's memory has missed what came meanwhile.
  window.addEventListener("pageshow", open);
  open();
}
