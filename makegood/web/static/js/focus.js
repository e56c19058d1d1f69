/**
 * Whoever goes by keyboard keeps their place when a part is drawn anew: htmx finds the focused element again by its id
 * only, and most links and buttons have none.
 */
const REACHABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What is the same of an element before and after. @param {Element} one */
const like = (one) => [one.tagName, one.name, one.getAttribute("href"), one.getAttribute("aria-label"), one.textContent.trim()].join("\n");

/** @param {Element} region @param {string} sign */
const alike = (region, sign) => [...region.querySelectorAll(REACHABLE)].filter((one) => like(one) === sign);

export function startFocus() {
  /** @type {{region: Element, sign: string, nth: number}|null} */
  let held = null;
  const keep = (event) => {
    const region = event.detail.target;
    const focused = document.activeElement;
    if (!region?.contains(focused) || focused === region || focused.id) return;
    const sign = like(focused);
    held = { region, sign, nth: alike(region, sign).indexOf(focused) };
  };
  const giveBack = () => {
    if (!held || document.activeElement !== document.body) return;
    const { region, sign, nth } = held;
    const drawn = region.isConnected ? region : document.getElementById(region.id);
    const found = drawn ? alike(drawn, sign) : [];
    (found[nth] ?? found.at(-1))?.focus({ preventScroll: true });
    held = null;
  };
  document.addEventListener("htmx:beforeSwap", keep);
  document.addEventListener("htmx:oobBeforeSwap", keep);
  document.addEventListener("htmx:oobAfterSwap", giveBack);
  document.addEventListener("htmx:afterSettle", giveBack);
}
