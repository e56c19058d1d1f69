/** Keeps every clock on the page true: <time data-due> (due in, late by) and <time data-ago>. */
const SOON_MINUTES = 30;
const TICK_MS = 20000;

/** @param {number} minutes whole minutes, not negative */
export function span(minutes, words = document.body.dataset) {
  if (minutes < 60) return words.min.replace("%s", minutes);
  if (minutes < 48 * 60) return words.hours.replace("%s", Math.floor(minutes / 60));
  return words.days.replace("%s", Math.floor(minutes / 1440));
}

/** @param {ParentNode} scope */
function refresh(scope) {
  const words = document.body.dataset;
  const now = Date.now();
  for (const time of scope.querySelectorAll("time[data-due]")) {
    const minutes = Math.floor((Date.parse(time.dataset.due) - now) / 60000);
    const late = minutes < 0;
    write(time, (late ? words.lateBy : words.dueIn).replace("%s", span(late ? Math.max(1, -minutes - 1) : minutes)));
    time.closest(".clock")?.setAttribute("data-state", late ? "late" : minutes < SOON_MINUTES ? "soon" : "ok");
  }
  for (const time of scope.querySelectorAll("time[data-ago]")) {
    const minutes = Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / 60000));
    write(time, minutes < 1 ? words.now : span(minutes));
  }
}

/** @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function startTimes() {
  refresh(document);
  setInterval(() => refresh(document), TICK_MS);
  document.addEventListener("visibilitychange", () => document.hidden || refresh(document));
}
