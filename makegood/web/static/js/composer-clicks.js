/**
 * Two clicks in a row in the composer: while the first redraws it, the second waits, and is done to the button that then
 * stands in the place of the one that was clicked. Else it would go out with what stood there before, and be lost.
 */

/** What is being redrawn, from the request to its answer. @type {Element | null} */
let drawing = null;
/** What the button does that began it, and what the one does that waits for it; "" where none does. */
let began = "";
let waiting = "";

/** The button of a click that redraws the composer, or sends it. @returns {HTMLButtonElement | null} */
function redraws(event) {
  const button = event.target.closest?.("button");
  const asks = button?.hasAttribute("hx-post") || button?.type === "submit";
  return asks && button.closest("[hx-target]")?.getAttribute("hx-target") === "#composer" ? button : null;
}

/** What a button does, whichever drawing of the composer it stands in. */
const deed = (button) => {
  const asked = ["hx-post", "hx-vals", "name", "value"].map((name) => button.getAttribute(name));
  return JSON.stringify([...asked, button.hasAttribute("hx-post") ? "" : button.form?.getAttribute("hx-post")]);
};

function drawn() {
  const wanted = waiting;
  drawing = null;
  waiting = "";
  if (!wanted) return;
  // Where there is no such button any more, the first click has settled it.
  const buttons = [...document.querySelectorAll("button:not(:disabled)")];
  buttons.find((one) => redraws({ target: one }) && deed(one) === wanted)?.click();
}

export function startClicks() {
  document.addEventListener("click", (event) => {
    const button = redraws(event);
    if (!button) return;
    if (!drawing?.isConnected) {
      began = deed(button);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    // The same again is a double click.
    if (deed(button) !== began) waiting = deed(button);
  }, true);
  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.detail.target?.id === "composer") drawing = event.detail.target;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "composer") drawn();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // Nothing was drawn: it failed, or there was nothing to draw.
    if (drawing?.isConnected && event.detail.target === drawing) drawn();
  });
}
