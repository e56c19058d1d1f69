/** The inbox around its parts: the open conversation, and a list that changes without losing your place. */

/**
 * Brings the newest message of the open conversation into sight.
 * @param {boolean} focus whether the person has just opened it
 */
function show(focus) {
  const thread = document.querySelector("[data-conversation] .thread");
  const last = () => thread?.lastElementChild?.scrollIntoView({ block: "nearest" });
  last();
  // A picture that arrives later pushes the newest message out of sight again.
  thread?.querySelectorAll("img").forEach((picture) => picture.complete || picture.addEventListener("load", last, { once: true }));
  if (focus) document.getElementById("conversation").focus({ preventScroll: true });
}

/** What was folded, and how far the panes were scrolled, outlives an action on the same conversation. */
function keepFolds() {
  let kept = null;
  const pane = () => document.querySelector("[data-conversation]");
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "conversation" || !pane()) return;
    kept = {
      id: pane().dataset.conversation,
      folds: new Map([...pane().querySelectorAll("[data-fold]")].map((fold) => [fold.dataset.fold, fold.open])),
      side: pane().querySelector(".convo-side").scrollTop,
    };
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "conversation" || kept?.id !== pane()?.dataset.conversation) return;
    for (const fold of pane().querySelectorAll("[data-fold]")) fold.open = kept.folds.get(fold.dataset.fold) ?? fold.open;
    pane().querySelector(".convo-side").scrollTop = kept.side;
  });
}

/** A fetched list keeps the selected row, the place and the focus, asks for as many rows as are shown, and lights up what is new. */
export function startInbox() {
  show(false);
  document.querySelector("[data-row-link][aria-current]")?.scrollIntoView({ block: "nearest" });
  keepFolds();
  let before = null;
  /** The first row in sight and how far it is from the top of the list. @type {{id: string, gap: number}|null} */
  let anchor = null;
  const list = () => document.querySelector("[data-rows]");
  const mark = () => {
    const open = document.querySelector("[data-conversation]")?.dataset.conversation;
    for (const link of document.querySelectorAll("[data-row-link]")) {
      if (link.dataset.rowLink === open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === list()) event.detail.parameters.shown = list().querySelectorAll("[data-row-link]").length;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== list() || !list()) return;
    before = new Set([...list().querySelectorAll("[data-row-link]")].map((link) => link.dataset.rowLink));
    const scroller = list().closest("[data-scroll]");
    const edge = scroller.getBoundingClientRect().top;
    const first = [...list().querySelectorAll("[data-row-link]")].find((link) => link.getBoundingClientRect().bottom > edge);
    anchor = first && scroller.scrollTop > 0 ? { id: first.id, gap: first.getBoundingClientRect().top } : null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    mark();
    if (event.detail.target?.id === "conversation") show(event.detail.requestConfig?.verb === "get");
    if (!before || !list()) return;
    for (const link of list().querySelectorAll("[data-row-link]")) {
      if (before.has(link.dataset.rowLink)) continue;
      link.parentElement.classList.add("is-new");
    }
    // Somebody who reads further down must not have the rows move under their eyes.
    const still = anchor && document.getElementById(anchor.id);
    if (still) list().closest("[data-scroll]").scrollTop += still.getBoundingClientRect().top - anchor.gap;
    before = null;
  });
}
