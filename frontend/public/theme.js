// Runs before the first paint, so that a chosen theme never flashes. It lies outside /static, whose files are kept for ever.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // storage may be forbidden; the system's theme is used then
  }
})();
