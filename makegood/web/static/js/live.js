/**
 * What changes by itself. The server says over one event stream that something happened; the parts of the page that
 * listen for `mg:changed` fetch themselves again. The stream carries no content, so a lost event costs nothing.
 */
const SPACING_MS = 250;
const LONG_SPACING_MS = 2000;
const MUCH = 20;
const LOST_AFTER_MS = 4000;

export function startLive() {
  showCount();
  const url = document.body.dataset.live;
  if (!url || !("EventSource" in window)) return;
  let source, waiting, lostTimer;
  let told = -LONG_SPACING_MS;
  const begun = new WeakMap();

  const changed = (detail) => {
    // At once when it has been quiet; seldom while very much happens, as during an import.
    const spacing = (detail.count ?? 1) > MUCH ? LONG_SPACING_MS : SPACING_MS;
    waiting ??= setTimeout(() => {
      waiting = undefined;
      told = performance.now();
      window.htmx?.trigger(document.body, "mg:changed", detail);
    }, Math.max(0, told + spacing - performance.now()));
  };
  // A part that was asked for before something happened, and arrives after it, shows what was and has not heard: it is
  // asked for once more.
  document.addEventListener("htmx:beforeSend", (event) => begun.set(event.detail.xhr, performance.now()));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (begun.get(event.detail.xhr) < told) changed({ verb: "overtaken" });
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
      changed({ verb: "connected" });
    });
    source.addEventListener("journal", (event) => changed(JSON.parse(event.data)));
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
