// The keyboard: j and k (or the arrows) move through rows, Enter opens, / goes to the search.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-rows] a.row")];
  const typing = (element) =>
    element.matches("input, textarea, select, [contenteditable]") && element.type !== "checkbox";

  const move = (step) => {
    const all = rows();
    if (!all.length) return false;
    const here = all.indexOf(document.activeElement);
    const from = here >= 0 ? here : all.findIndex((row) => row.hasAttribute("aria-current"));
    const next = Math.min(Math.max(from + step, 0), all.length - 1);
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (typing(target)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const inRows = target.matches("a.row");
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { search.focus(); search.select(); event.preventDefault(); }
    } else if (event.key === "j" || (event.key === "ArrowDown" && inRows)) {
      if (move(1)) event.preventDefault();
    } else if (event.key === "k" || (event.key === "ArrowUp" && inRows)) {
      if (move(-1)) event.preventDefault();
    }
  });

  document.addEventListener("click", async (event) => {
    const row = event.target.closest?.("#tree a.row:not(.fold)");
    if (row) {
      document.querySelectorAll("#tree a.row[aria-current]").forEach((old) => old.removeAttribute("aria-current"));
      row.setAttribute("aria-current", "true");
    }
    const copy = event.target.closest?.("[data-copy]");
    if (copy) {
      const text = copy.closest("figure").querySelector("pre").textContent;
      try { await navigator.clipboard.writeText(text); copy.textContent = "Copied"; } catch { copy.textContent = "Select and copy"; }
      setTimeout(() => { copy.textContent = "Copy"; }, 1600);
    }
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.querySelector("#tree a.row[aria-current]")?.scrollIntoView({ block: "nearest" });
})();
