// The share page works without this file; with it, links are copied and printed by a press.
"use strict";

const heard = document.querySelector(".heard");

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
    heard.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = label;
      heard.textContent = "";
    }, 2000);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
