// A stream of server-sent events that is open only while somebody looks at the page, and goes on
// where it was: `address` is asked for each time it opens.
export function listen(address, handlers) {
  let source = null;

  function open() {
    if (source !== null || document.hidden) return;
    source = new EventSource(address());
    for (const [name, handle] of Object.entries(handlers)) source.addEventListener(name, handle);
    source.addEventListener("open", () => { document.body.dataset.stream = "open"; });
    source.addEventListener("error", () => { document.body.dataset.stream = "lost"; });
  }

  function close() {
    source?.close();
    source = null;
    document.body.dataset.stream = "closed";
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  window.addEventListener("pagehide", close);
  // A page that comes back from the browser's memory has missed what came meanwhile.
  window.addEventListener("pageshow", open);
  open();
}
