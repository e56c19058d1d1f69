/** What every signed-in page runs. */
import { startBulk } from "./bulk.js";
import { startCanned } from "./canned.js";
import { startComposer } from "./composer.js";
import { startDialogs } from "./dialogs.js";
import { startFocus } from "./focus.js";
import { startInbox } from "./inbox.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMentions } from "./mentions.js";
import { startPresence } from "./presence.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";
import { startTone } from "./tone.js";
import { startWalks } from "./walk.js";

startToasts();
startDialogs();
startTimes();
startKeys();
startFocus();
startLive();
if (document.querySelector("[data-inbox]")) {
  startInbox();
  startComposer();
  startTone();
  startBulk();
  startCanned();
  startWalks();
  startPresence();
  startMentions();
}
