/** Lists of buttons in a dialog (.snooze-list, [data-walk]): arrow keys walk, and what was fetched into one gets the focus. */
const LISTS = ".snooze-list, [data-walk]";

export function startWalks() {
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const list = step && event.target.closest?.(LISTS);
    if (!list) return;
    const all = [...list.querySelectorAll("button:not([disabled])")];
    const at = all.indexOf(event.target.closest("button"));
    all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
    event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = event.detail.target;
    if (place?.id === "macro-choices" && place.closest("dialog[open]")) place.querySelector("[data-walk] button:not([disabled])")?.focus();
  });
}
