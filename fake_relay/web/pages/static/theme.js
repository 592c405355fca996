// Sets the theme that was chosen before anything is painted; so it is no module.
(function () {
  try {
    const chosen = localStorage.getItem("fake-relay-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; then the system's theme holds.
  }
})();
