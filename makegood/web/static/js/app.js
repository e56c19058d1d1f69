/** What every signed-in page runs. */
import { startDialogs } from "./dialogs.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

startToasts();
startDialogs();
startTimes();
startKeys();
startLive();
if (document.querySelector("[data-composer], [data-inbox]")) import("./composer.js").then((module) => module.startComposer());
