/**
 * What changes by itself. The server says over one event stream that something happened; the parts of the page that
 * listen for `mg:changed` fetch themselves again. The stream carries no content, so a lost event costs nothing.
 */
const SPACING_MS = 250;
const LONG_SPACING_MS = 2000;
const MUCH = 20;
const LOST_AFTER_MS = 4000;
/** How long a change waits for what the last one has asked for: asking anew sooner would never get an answer. */
const PATIENCE_MS = 5000;

export function startLive() {
  showCount();
  const url = document.body.dataset.live;
  if (!url || !("EventSource" in window)) return;
  let source, waiting, lostTimer;
  /** When the server last told of something, and when the parts last fetched themselves. */
  let told = -Infinity;
  let went = -Infinity;
  const begun = new WeakMap();
  /** What parts fetch just now because something changed. @type {Set<XMLHttpRequest>} */
  const underWay = new Set();

  const go = (detail) => {
    if (underWay.size && performance.now() < went + PATIENCE_MS) {
      waiting = setTimeout(go, SPACING_MS, detail);
      return;
    }
    waiting = undefined;
    went = performance.now();
    window.htmx?.trigger(document.body, "mg:changed", detail);
  };
  const changed = (detail) => {
    // At once when it has been quiet; seldom while very much happens, as during an import.
    const spacing = (detail.count ?? 1) > MUCH ? LONG_SPACING_MS : SPACING_MS;
    waiting ??= setTimeout(go, Math.max(0, went + spacing - performance.now()), detail);
  };
  const hear = (detail) => {
    told = performance.now();
    changed(detail);
  };
  const listens = (part) => part?.getAttribute?.("hx-trigger")?.includes("mg:changed");
  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, requestConfig } = event.detail;
    begun.set(xhr, performance.now());
    if (requestConfig.triggeringEvent?.type !== "mg:changed") return;
    underWay.add(xhr);
    xhr.addEventListener("loadend", () => underWay.delete(xhr));
  });
  // What was asked for before something happened, and arrives after it, shows what was and has not heard: its parts
  // fetch themselves once more. One that listens has heard, and asked anew.
  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (begun.get(xhr) < told && !listens(requestConfig?.elt)) changed({ verb: "overtaken" });
  });
  // What is pressed has to be there still when the finger is lifted, or the click is lost: its part waits that long.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, triggeringEvent } = event.detail.requestConfig;
    if (triggeringEvent?.type !== "mg:changed" || elt !== event.detail.target || !elt.matches(":active")) return;
    event.detail.shouldSwap = false;
    const held = new AbortController();
    for (const name of ["pointerup", "pointercancel", "keyup"]) {
      addEventListener(name, () => {
        held.abort();
        changed({ verb: "held" });
      }, { signal: held.signal });
    }
  });
  const connect = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      clearTimeout(lostTimer);
      lostTimer = undefined;
      state(true);
      // What happened since the page was drawn, or while the stream was gone, is told by nobody: look once.
      hear({ verb: "connected" });
    });
    source.addEventListener("journal", (event) => hear(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      lostTimer ??= setTimeout(state, LOST_AFTER_MS, false);
      // The browser gives up for good on an error answer; a restart of the server must not end the day's live view.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, LOST_AFTER_MS);
    });
  };
  connect();
  // Left open, the stream would hold one of the browser's few connections after the page is gone.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
}

/** @param {boolean} on */
function state(on) {
  const light = document.getElementById("live-state");
  light.dataset.state = on ? "on" : "lost";
  light.lastElementChild.textContent = on ? light.dataset.on : light.dataset.lost;
  document.getElementById("lost").hidden = on;
}

/** The tab's title counts what waits: "(3) Inbox · Makegood". */
function showCount() {
  const write = () => {
    const count = Number(document.getElementById("unanswered")?.dataset.count ?? 0);
    const title = document.title.replace(/^\(\d+\) /, "");
    const wanted = count ? `(${count}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  };
  write();
  document.addEventListener("htmx:oobAfterSwap", write);
  document.addEventListener("htmx:afterSettle", write);
}
