// Light or dark as the reader chose last; as the system says when nobody chose.
"use strict";
(() => {
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("solvent-theme"); } catch { return null; } };
  const chosen = read();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("solvent-theme", root.dataset.theme); } catch { /* not remembered */ }
  });
})();
