// Answers of the playground as they come: each event carries the text so far of one of them.
"use strict";
(() => {
  const run = document.querySelector("#run[data-stream]");
  if (!run) return;
  const source = new EventSource(run.dataset.stream);
  const look = () => document.querySelector("#run")?.dispatchEvent(new CustomEvent("answer"));
  source.addEventListener("piece", (event) => {
    const said = JSON.parse(event.data);
    const cell = document.getElementById(`said-${said.row}-${said.column}`);
    if (cell) { cell.textContent = said.text; cell.classList.remove("muted"); }
  });
  source.addEventListener("answer", look);
  source.addEventListener("end", () => { source.close(); look(); });
  // The page asks every few seconds by itself, so a lost stream costs nothing.
  source.addEventListener("error", () => source.close());
})();
