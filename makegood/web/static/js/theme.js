/**
 * Colours before the first paint: "auto" follows the system, "light" and "dark" are kept in localStorage.
 * A plain script, not a module, because modules run too late to prevent a flash.
 */
(() => {
  const KEY = "mg-theme";
  const root = document.documentElement;
  const stored = () => {
    try { return localStorage.getItem(KEY) || "auto"; } catch { return "auto"; }
  };
  const apply = (choice) => {
    if (choice === "auto") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", choice);
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === choice));
    }
  };
  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    try { localStorage.setItem(KEY, button.dataset.themeSet); } catch { /* private mode: for this page only */ }
    apply(button.dataset.themeSet);
  });
})();
