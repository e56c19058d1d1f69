/**
 * Making good: the question and ready words go into the answer, the dialog closes when it is decided, and a part that
 * somebody types in waits with keeping itself up to date until they have left it.
 */

/** Puts words into the answer, as canned responses do. @param {string} conversation @param {string} text */
function insert(conversation, text) {
  document.dispatchEvent(new CustomEvent("mg:insert", { detail: { conversation, text, open: [] } }));
}

/** Whether somebody types in this part. @param {Element} part */
const typedIn = (part) => {
  const box = document.activeElement;
  return part.contains(box) && box.matches("input, textarea, select");
};

/** The button says what will happen. */
function nameButton() {
  const button = document.querySelector("#remedy-form button[type=submit]");
  const judged = document.querySelector("#remedy-judgement [data-judged]")?.dataset.judged;
  if (button) button.textContent = judged === "asked" ? button.dataset.ask : button.dataset.decide;
}

document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-insert]");
  if (asks) insert(asks.dataset.insertFor, asks.dataset.insert);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (!part.hasAttribute("data-waits") || !typedIn(part)) return;
  event.preventDefault();
  part.addEventListener("focusout", () => setTimeout(() => {
    if (part.isConnected && !typedIn(part)) window.htmx.trigger(part, "mg:refresh");
  }), { once: true });
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "remedy-judgement") nameButton();
  if (event.target.id === "remedy-form") {
    event.target.querySelector("[aria-invalid=true], [role=alert]")?.scrollIntoView({ block: "nearest" });
  }
});

document.addEventListener("mg:remedied", () => {
  document.getElementById("remedy-dialog")?.close();
  const part = document.getElementById("remedies-part");
  if (part) window.htmx.trigger(part, "mg:refresh");
});
