/**
 * The keyboard. Elements say what they answer to: data-key="r" is clicked (or focused, if a field) when r is pressed;
 * after g, the way with data-go="i" is taken when i is pressed; rows of [data-rows] are walked with j and k. Nothing happens while somebody types.
 */
import { openDialog } from "./dialogs.js";

const GO_MS = 1200;

/** @param {EventTarget} target */
const typing = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

/** Where the walk stood last: a row that was closed is gone, and the walk goes on from its place. */
let place = -1;

/** @param {1|-1} step */
function walk(step) {
  const links = [...document.querySelectorAll("[data-rows] [data-row-link]")];
  if (!links.length) return;
  const here = links.findIndex((link) => link === document.activeElement);
  const current = here >= 0 ? here : links.findIndex((link) => link.hasAttribute("aria-current"));
  const wanted = current >= 0 || place < 0 ? current + step : place + (step > 0 ? 0 : -1);
  place = Math.min(links.length - 1, Math.max(0, wanted));
  const next = links[place];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** @param {string} key */
function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility?.() ?? one.offsetParent);
  if (!target || target.disabled) return false;
  if (target.matches("textarea")) {
    target.focus();
    target.setSelectionRange(target.value.length, target.value.length);
  } else target.click();
  return true;
}

export function startKeys() {
  let goingUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const { key } = event;
    const goal = Date.now() < goingUntil && document.querySelector(`.rail [data-go="${CSS.escape(key)}"]`);
    if (goal) {
      goingUntil = 0;
      goal.click();
    } else if (key === "g") {
      goingUntil = Date.now() + GO_MS;
      return;
    } else if (key === "j") walk(1);
    else if (key === "k") walk(-1);
    else if (key === "o") {
      const row = document.activeElement?.closest("[data-row-link]") ?? document.querySelector("[data-rows] [aria-current]");
      row?.click();
    } else if (key === "?") openDialog("help");
    else if (!press(key)) return;
    event.preventDefault();
  });
}
