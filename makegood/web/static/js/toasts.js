/** Short messages in the corner; read out by the polite live region they are put into. */
const STAY_MS = 6000;

export function startToasts() {
  const area = document.getElementById("toasts");
  if (!area) return;
  area.addEventListener("click", (event) => event.target.closest("button[data-dismiss]")?.closest("[data-toast]").remove());
  const arm = (toast) => {
    if (!(toast instanceof HTMLElement) || toast.dataset.armed || toast.hasAttribute("data-keep")) return;
    toast.dataset.armed = "1";
    // An error stays until it is read: only good news goes away by itself.
    if (!toast.classList.contains("toast-error")) setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), STAY_MS);
  };
  new MutationObserver(() => area.querySelectorAll("[data-toast]").forEach(arm)).observe(area, { childList: true, subtree: true });
  area.querySelectorAll("[data-toast]").forEach(arm);
  document.addEventListener("htmx:responseError", (event) => {
    // A refused action may say why, in one plain sentence.
    const said = event.detail.xhr.status < 500 ? event.detail.xhr.responseText.trim() : "";
    toast(said && said.length < 300 && !said.includes("<") ? said : document.body.dataset.failed, "error");
  });
  document.addEventListener("htmx:timeout", () => toast(document.body.dataset.failed, "error"));
  document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline, "error"));
}

/**
 * Shows a message.
 * @param {string} text
 * @param {"success"|"info"|"warning"|"error"} [level]
 */
export function toast(text, level = "info") {
  const area = document.getElementById("toasts");
  if ([...area.children].some((other) => other.firstElementChild?.textContent === text)) return;
  const box = document.createElement("div");
  box.className = `toast toast-${level}`;
  box.dataset.toast = "";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.textContent = "×";
  close.setAttribute("aria-label", document.body.dataset.dismiss);
  box.append(words, close);
  area.append(box);
}
