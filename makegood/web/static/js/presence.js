/**
 * Who else has the open conversation open. The page says every two seconds what one does here, and hears in the same
 * answer who is there: one small request, no stream of its own. Out of sight or closed, it says goodbye.
 */
const BEAT_MS = 2000;
const TYPING_MS = 6000;
const TIMEOUT_MS = 10000;
let open = null;
let busy = false;
let typedAt = 0;
let said = "";

const region = () => document.querySelector("[data-presence]");
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const typing = () => Date.now() - typedAt < TYPING_MS;

/** @param {string} doing */
function message(doing) {
  const body = new FormData();
  body.append("doing", doing);
  body.append("csrfmiddlewaretoken", token());
  return body;
}

async function beat() {
  const url = region()?.dataset.presence;
  if (!url || busy || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(url, { method: "POST", body: message(typing() ? "typing" : "reading"), headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (region()?.dataset.presence !== url) return;
    if (answer.status === 404) gone();
    else if (answer.ok) show(await answer.text());
  } catch {
    /* No connection: the live light says so. */
  } finally {
    busy = false;
  }
}

/** Only what changed is put in, or a screen reader would say it again every two seconds. @param {string} html */
function show(html) {
  const place = region();
  if (!place || (html === said && place.dataset.shown)) return;
  said = html;
  place.dataset.shown = "1";
  place.replaceChildren(...new DOMParser().parseFromString(html.trim(), "text/html").body.childNodes);
}

/** The conversation is not this member's to see any more: nothing of it stays on the screen. */
function gone() {
  const pane = document.getElementById("conversation");
  const words = pane?.querySelector("[data-gone]");
  if (!words) return;
  const left = words.content.cloneNode(true);
  open = null;
  pane.replaceChildren(left);
  pane.focus({ preventScroll: true });
}

/** @param {string} url */
const leave = (url) => navigator.sendBeacon(url, message("left"));

/** Another conversation may have come into the pane. */
function follow() {
  const url = region()?.dataset.presence ?? null;
  if (url === open) {
    if (url && !region().dataset.shown) show(said);
    return;
  }
  if (open) leave(open);
  open = url;
  said = "";
  typedAt = 0;
  beat();
}

export function startPresence() {
  follow();
  setInterval(beat, BEAT_MS);
  document.addEventListener("htmx:afterSettle", follow);
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-composer] textarea[name=text]")) return;
    const begins = !typing();
    typedAt = event.target.value.trim() ? Date.now() : 0;
    if (begins && typedAt) beat();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    // Sent is not typing any more, also in the eyes of the others.
    if (event.detail.elt.matches?.("[data-composer]")) typedAt = 0;
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 404 || event.detail.elt.id !== "thread") return;
    event.preventDefault();
    gone();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) beat();
    else if (open) leave(open);
  });
  addEventListener("pagehide", () => open && leave(open));
}
