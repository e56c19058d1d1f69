/**
 * The tone guard beside the answer: shows found words in the box, puts better ones in their place (Alt+Enter takes the
 * first), and says once what there is, for those who listen.
 */

const box = () => document.getElementById("reply-text");

/** Where these words stand now, nearest to where they stood; -1 when they are gone. Server places count code points. */
function placeOf(text, words, start) {
  const near = [...text].slice(0, start).join("").length;
  if (!words) return Math.min(near, text.length);
  let best = -1;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (best < 0 || Math.abs(at - near) < Math.abs(best - near)) best = at;
  }
  return best;
}

/** @param {HTMLElement} button @returns {[HTMLTextAreaElement, number] | null} */
function found(button) {
  const field = box();
  const at = field ? placeOf(field.value, button.dataset.words, Number(button.dataset.start)) : -1;
  return at < 0 ? null : [field, at];
}

function show(button) {
  const place = found(button);
  if (!place) return;
  const [field, at] = place;
  field.focus();
  field.setSelectionRange(at, at + button.dataset.words.length);
}

function take(button) {
  const place = found(button);
  if (!place) return;
  const [field, at] = place;
  const better = button.dataset.better;
  field.focus();
  field.setSelectionRange(at, at + button.dataset.words.length);
  // Not setRangeText: what is put in so can be taken back with Ctrl+Z.
  const done = document.execCommand(better ? "insertText" : "delete", false, better);
  if (!done) {
    field.setRangeText(better);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const gap = better.indexOf("[");
  if (gap >= 0) field.setSelectionRange(at + gap, at + better.indexOf("]") + 1);
  else field.setSelectionRange(at + better.length, at + better.length);
}

export function startTone() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-tone-take], [data-tone-show]");
    if (button) (button.hasAttribute("data-tone-take") ? take : show)(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.altKey || event.ctrlKey || event.metaKey || event.target !== box()) return;
    const first = document.querySelector("[data-tone-take][aria-keyshortcuts]");
    if (!first) return;
    event.preventDefault();
    take(first);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "compose-tone") return;
    const said = document.querySelector("[data-tone-said]");
    const words = document.querySelector("[data-tone-sum]")?.textContent.trim() ?? "";
    if (said && said.textContent !== words) said.textContent = words;
  });
  // Swapping the list under the focus would throw it away.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (target?.id === "compose-tone" && target.contains(document.activeElement)) box()?.focus({ preventScroll: true });
  });
}
