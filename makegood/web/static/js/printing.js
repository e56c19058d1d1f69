/** A button that prints the page it is on. Without scripts it is not shown: the browser prints as well. */
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
