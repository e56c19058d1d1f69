/**
 * Selecting rows of the list and doing the same to all of them. What is selected is kept here, not in the list, which is
 * fetched again whenever something happens.
 */
import { openDialog } from "./dialogs.js";
import { toast } from "./toasts.js";

const UNDO_MS = 60000;
/** Ids of the selected conversations, in the order in which they were selected. @type {Set<string>} */
const picked = new Set();
/** Where a range begins: the box that was last clicked or toggled. */
let anchor = null;
let dialogs = null;

const bar = () => document.querySelector("[data-bulk]");
const list = () => document.querySelector("[data-rows]");
const boxes = () => [...document.querySelectorAll("[data-rows] [data-pick]")];
const typing = (target) => target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");

/** Brings boxes, count and bar in line with what is selected. */
function show(words) {
  for (const box of boxes()) box.checked = picked.has(box.dataset.pick);
  const form = bar();
  const some = picked.size > 0;
  if (some) fetchDialogs();
  form.hidden = !some;
  list().classList.toggle("is-picking", some || picking());
  for (const box of boxes()) box.tabIndex = some || picking() ? 0 : -1;
  form.querySelector("[data-bulk-keys]").value = [...picked].join(",");
  const count = picked.size === 1 ? form.dataset.one : form.dataset.many.replace("%s", picked.size);
  form.querySelector("[data-bulk-count]").textContent = words ?? (some ? count : "");
}

const picking = () => document.querySelector("[data-bulk-picking]")?.getAttribute("aria-pressed") === "true";

/** The dialogs of the bar are fetched once something is selected: a list that is only read costs nothing. */
function fetchDialogs() {
  const place = document.querySelector("[data-bulk-dialogs]");
  dialogs ??= window.htmx.ajax("GET", place.dataset.bulkDialogs, { target: place }).catch(() => { dialogs = null; });
}

/**
 * @param {HTMLInputElement} box
 * @param {boolean} on
 * @param {boolean} range whether all between this and the last one follow
 */
function pick(box, on, range) {
  const all = boxes();
  const from = range ? all.findIndex((one) => one.dataset.pick === anchor) : -1;
  const here = all.indexOf(box);
  const some = from < 0 ? [box] : all.slice(Math.min(from, here), Math.max(from, here) + 1);
  for (const one of some) on ? picked.add(one.dataset.pick) : picked.delete(one.dataset.pick);
  anchor = box.dataset.pick;
  show();
}

function none() {
  picked.clear();
  anchor = null;
  show();
}

async function all() {
  try {
    const answer = await fetch(bar().dataset.keysUrl, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const { keys, words } = await answer.json();
    picked.clear();
    for (const key of keys) picked.add(String(key));
    show(words);
  } catch {
    toast(document.body.dataset.failed, "error");
  }
}

/** The box of the row that has the focus, or else of the open conversation. */
function current() {
  const row = document.activeElement?.closest("[data-rows] .row") ?? document.querySelector("[data-rows] [aria-current]")?.closest(".row");
  return row?.querySelector("[data-pick]");
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && picked.size) return none();
  const box = event.key.toLowerCase() === "x" ? current() : null;
  if (!box) return;
  event.preventDefault();
  pick(box, event.shiftKey || !box.checked, event.shiftKey);
}

/** Rows that have left a list which shows all of its view are no longer meant. */
function settled() {
  if (!picked.size || !list()) return;
  if (!list().querySelector(".rows-more")) {
    const there = new Set(boxes().map((box) => box.dataset.pick));
    for (const key of picked) if (!there.has(key)) picked.delete(key);
  }
  show();
}

/** A toast with an undo stays a good while, and longer while somebody is at it. */
function keepForAWhile(item) {
  item.dataset.armed = "1";
  const leave = () => (item.matches(":hover, :focus-within") ? setTimeout(leave, 5000) : item.remove());
  setTimeout(leave, UNDO_MS);
}

export function startBulk() {
  if (!bar()) return;
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-pick]");
    if (box) return pick(box, box.checked, event.shiftKey);
    if (event.target.closest("[data-bulk-none]")) return none();
    if (event.target.closest("[data-bulk-all]")) return void all();
    const opener = event.target.closest("[data-bulk] [data-open-dialog]");
    if (opener && !document.getElementById(opener.dataset.openDialog)) {
      // Clicked before the dialogs were here: it opens as soon as they are.
      fetchDialogs();
      dialogs.then(() => openDialog(opener.dataset.openDialog));
    }
    const toggle = event.target.closest("[data-bulk-picking]");
    if (!toggle) return;
    toggle.setAttribute("aria-pressed", String(!picking()));
    if (!picking()) picked.clear();
    show();
  });
  document.addEventListener("keydown", pressed);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === list() || event.detail.target?.closest?.("[data-rows]")) settled();
  });
  document.addEventListener("mg:bulk-done", () => {
    for (const open of document.querySelectorAll("#bulk-dialogs dialog[open]")) open.close();
    none();
  });
  document.addEventListener("mg:bulk-undone", (event) => {
    document.querySelector(`[data-bulk-toast="${event.detail.id}"]`)?.remove();
  });
  const corner = document.getElementById("toasts");
  const arm = () => corner.querySelectorAll("[data-bulk-toast]:not([data-armed])").forEach(keepForAWhile);
  new MutationObserver(arm).observe(corner, { childList: true, subtree: true });
  show();
}
