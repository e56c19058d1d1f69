/**
 * The reply box: keeps what is typed (first on this device, then on the server, which answers with how it would go out),
 * sends with Ctrl+Enter, and counts down the seconds in which a reply can still be taken back.
 */
import { startClicks } from "./composer-clicks.js";
import { startPictures } from "./composer-pictures.js";
import { toast } from "./toasts.js";

const SAVE_MS = 300;
const timers = new Map();
/** The number of the newest save of each form: an older answer that comes late is not shown. */
const newest = new WeakMap();
/** What stood in the box when the newest request to draw the composer anew went out. */
const asked = new WeakMap();
/** Replies that can still be undone, by id. @type {Map<string, {until: number, url: string}>} */
const undoable = new Map();
/** Answers that were sent back and have been shown, by id. @type {Set<string>} */
const returned = new Set();

const keyOf = (form) => `mg-draft-${form.dataset.composer}`;
const box = (form) => form.querySelector("textarea[name=text]");
const say = (form, words) => { form.querySelector("[data-draft-state]").textContent = words; };

/** localStorage may be switched off; typing must go on. */
const local = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, text) => { try { localStorage.setItem(key, text); } catch { /* the server copy remains */ } },
  drop: (key) => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
};

/** Only what can go out can be sent. @param {HTMLFormElement} form */
function judge(form) {
  const problem = form.querySelector("[data-problem]")?.dataset.problem === "1";
  const nothing = !box(form).value.trim();
  for (const button of form.querySelectorAll("[data-send], [data-later]")) button.disabled = nothing || problem;
}

/** Shows how it would go out, and leaves the focus where it is. @param {HTMLFormElement} form */
function show(form, html) {
  const preview = form.querySelector("#compose-preview");
  const focused = preview.contains(document.activeElement) ? document.activeElement.id : "";
  preview.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  if (focused) document.getElementById(focused)?.focus();
  judge(form);
}

/** @param {HTMLFormElement} form */
async function save(form) {
  timers.delete(form);
  const text = box(form).value;
  const body = new FormData(form);
  const number = (newest.get(form) ?? 0) + 1;
  newest.set(form, number);
  try {
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, headers, signal: AbortSignal.timeout(15000), keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (newest.get(form) !== number) return;
    if (local.get(keyOf(form)) === text) local.drop(keyOf(form));
    if (form.isConnected) show(form, html);
    // What was typed meanwhile is saved by the next.
    if (!timers.has(form)) say(form, form.dataset.saved);
  } catch {
    if (newest.get(form) !== number) return;
    say(form, form.dataset.kept);
    // Tried again while the page is open, so that the draft reaches the server once it is back.
    if (form.isConnected && !timers.has(form)) timers.set(form, setTimeout(save, 10000, form));
  }
}

/** @param {HTMLFormElement} form */
function typed(form) {
  local.set(keyOf(form), box(form).value);
  judge(form);
  say(form, form.dataset.saving);
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(save, SAVE_MS, form));
}

/** What was sent back while its author has the conversation open returns into the box, unless they write already. */
function takeBack() {
  const note = document.querySelector("[data-declined]");
  if (!note || returned.has(note.dataset.declined)) return;
  returned.add(note.dataset.declined);
  // One that has just been drawn holds the text, or its author has cleared it.
  const form = document.querySelector("[data-composer][data-ready]");
  if (!form || box(form).value.trim()) return;
  box(form).value = note.querySelector("[data-returned]").textContent;
  typed(form);
}

/** Takes up every composer and countdown that has just come onto the page. */
function adopt() {
  takeBack();
  for (const form of document.querySelectorAll("[data-composer]:not([data-ready])")) {
    form.dataset.ready = "";
    const kept = local.get(keyOf(form));
    if (kept !== null && kept !== box(form).value) {
      box(form).value = kept;
      say(form, form.dataset.kept);
      timers.set(form, setTimeout(save, SAVE_MS, form));
    }
    judge(form);
  }
  for (const item of document.querySelectorAll("[data-send-after]")) {
    undoable.set(item.dataset.pending, { until: Date.parse(item.dataset.sendAfter), url: item.dataset.undoUrl });
  }
  tick();
}

/** Seconds left, on the reply itself or, when another conversation is open, in the corner. */
function tick() {
  const words = document.body.dataset;
  for (const [id, { until, url }] of undoable) {
    const left = Math.ceil((until - Date.now()) / 1000);
    const inline = document.querySelector(`[data-pending="${id}"][data-send-after] [data-countdown]`);
    const corner = document.querySelector(`[data-undo-toast="${id}"]`);
    if (left <= 0 || inline) corner?.remove();
    if (left <= 0) {
      undoable.delete(id);
      document.querySelector(`[data-pending="${id}"][data-send-after] button`)?.setAttribute("disabled", "");
      continue;
    }
    const text = words.sendingIn.replace("%s", left);
    if (inline) inline.textContent = text;
    else if (corner) corner.firstElementChild.textContent = text;
    else cornerUndo(id, url, text);
  }
}

function cornerUndo(id, url, text) {
  const item = document.createElement("div");
  item.className = "toast";
  Object.assign(item.dataset, { toast: "", keep: "", undoToast: id });
  const words = document.createElement("span");
  words.textContent = text;
  const undo = document.createElement("button");
  undo.type = "button";
  undo.textContent = document.body.dataset.undo;
  undo.addEventListener("click", () => {
    undoable.delete(id);
    item.remove();
    window.htmx.ajax("POST", url, { target: "#composer", swap: "none" });
  });
  item.append(words, undo);
  document.getElementById("toasts").append(item);
}

/** The composer's form that a request sends so that it is drawn anew: as the form itself, or with it. */
const sent = (detail) => {
  if (detail.target?.id !== "composer") return null;
  const from = detail.requestConfig?.elt ?? detail.elt;
  if (from?.matches?.("[data-composer]")) return from;
  return from?.getAttribute?.("hx-include") === "#compose" ? document.querySelector("[data-composer]") : null;
};

export function startComposer() {
  adopt();
  setInterval(tick, 500);
  startPictures(typed);
  startClicks();
  document.addEventListener("htmx:afterSettle", adopt);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-composer]");
    if (!form || event.target.type === "file") return;
    if (event.target.matches("[data-when]")) form.querySelector("[data-when-go]").value = event.target.value;
    else typed(form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest("[data-composer]");
    const send = form?.querySelector("[data-send]");
    if (send && !send.disabled) send.click();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = sent(event.detail);
    if (!form) return;
    // A draft saved after the reply went out would bring the sent text back.
    clearTimeout(timers.get(form));
    timers.delete(form);
    newest.set(form, (newest.get(form) ?? 0) + 1);
    asked.set(form, box(form).value);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = sent(event.detail);
    // Not sent: the draft is saved after all.
    if (form?.isConnected && !event.detail.successful) typed(form);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = sent(event.detail);
    if (!form || event.detail.xhr.status >= 300) return;
    // What was typed while the answer was under way is taken up by the composer that is drawn now.
    if (event.detail.requestConfig?.elt !== form && box(form).value !== asked.get(form)) local.set(keyOf(form), box(form).value);
    else local.drop(keyOf(form));
  });
  // Somebody decides or plans just now: what they have opened or typed is not swapped away under their hands.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const target = event.detail.target;
    if (["outbox", "compose-notes"].includes(target.id) && target.querySelector("details[open]")) event.detail.shouldSwap = false;
  });
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    try {
      await navigator.clipboard.writeText(document.querySelector(copy.dataset.copy).value);
    } catch {
      toast(document.body.dataset.failed, "error");
    }
  });
  addEventListener("pagehide", () => { for (const [form, timer] of timers) { clearTimeout(timer); save(form); } });
}
