/** What every signed-in page runs. */
import { startComposer } from "./composer.js";
import { startDialogs } from "./dialogs.js";
import { startInbox } from "./inbox.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

startToasts();
startDialogs();
startTimes();
startKeys();
startLive();
if (document.querySelector("[data-inbox]")) {
  startInbox();
  startComposer();
}
