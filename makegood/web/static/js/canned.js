/**
 * Canned responses in the composer: "/" at the beginning of a word, or the button, opens a list; letters filter it by name,
 * shortcut and text, arrows walk, Enter puts one in where the cursor was. Nothing is sent by it.
 */

/** The box to write into, and where in it. @type {{box: HTMLTextAreaElement, at: number}|null} */
let place = null;

const picker = () => document.getElementById("canned-picker");
const search = () => document.getElementById("canned-search");
const options = () => [...picker().querySelectorAll("[role=option]:not([hidden])")];
const chosen = () => picker().querySelector("[role=option][aria-selected=true]");
const say = (words) => { picker().querySelector("[data-canned-said]").textContent = words; };
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** @param {HTMLElement|undefined} option */
function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) search().setAttribute("aria-activedescendant", option.id);
  else search().removeAttribute("aria-activedescendant");
}

/** How well an option fits: its shortcut, then its name, then its text; -1 not at all. */
function rank(option, wanted) {
  const { shortcut, name, text } = option.dataset;
  if (!wanted) return 0;
  if (plain(shortcut) === wanted) return 5;
  if (plain(shortcut).startsWith(wanted)) return 4;
  if (plain(name).startsWith(wanted)) return 3;
  if (plain(name).includes(wanted)) return 2;
  return wanted.split(/\s+/).every((word) => plain(`${name} ${text}`).includes(word)) ? 1 : -1;
}

function filter() {
  const list = picker().querySelector("[role=listbox]");
  const wanted = plain(search().value.replace(/^\//, "").trim());
  const all = [...list.children].map((option) => ({ option, fit: rank(option, wanted) }));
  for (const { option, fit } of all) option.hidden = fit < 0;
  const found = all.filter(({ fit }) => fit >= 0).sort((one, other) => other.fit - one.fit);
  list.append(...found.map(({ option }) => option));
  choose(found[0]?.option);
  const { empty, none, found: words } = picker().dataset;
  say(!all.length ? empty : found.length ? words.replace("%s", found.length) : none);
}

/** @param {HTMLTextAreaElement} box */
async function open(box) {
  const dialog = picker();
  if (!dialog || dialog.open) return;
  place = { box, at: box.selectionStart };
  search().value = "";
  dialog.querySelector("[role=listbox]").replaceChildren();
  dialog.showModal();
  search().focus();
  try {
    const answer = await fetch(dialog.dataset.canned, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    dialog.querySelector("[role=listbox]").replaceChildren(...fetched.querySelectorAll("[role=option]"));
    filter();
  } catch {
    say(dialog.dataset.failed);
  }
}

/**
 * Puts a text in at the cursor and selects the first place that is still open, so that typing fills it.
 * @param {HTMLTextAreaElement} box
 * @param {string} text
 * @param {string[]} left names of open places
 */
function insert(box, text, left) {
  const start = box.selectionStart;
  const gap = start && !/\s$/.test(box.value.slice(0, start)) ? " " : "";
  box.setRangeText(gap + text, start, box.selectionEnd, "end");
  box.focus();
  const first = left.length ? box.value.indexOf(`[${left[0].replaceAll("_", " ")}]`, start) : -1;
  if (first >= 0) box.setSelectionRange(first, box.value.indexOf("]", first) + 1);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function take(option) {
  const dialog = picker();
  if (!option) return;
  const { text, name, open: named } = option.dataset;
  const left = named ? named.split(", ") : [];
  const told = document.querySelector("[data-canned-told]");
  dialog.close();
  place.box.setSelectionRange(place.at, place.at);
  insert(place.box, text, left);
  told.textContent = [dialog.dataset.inserted.replace("%s", name), left.length ? dialog.dataset.fillIn.replace("%s", left.join(", ")) : ""].join(" ");
}

/** Escape after "/" means that the stroke itself was wanted. */
function close(typed) {
  picker().close();
  if (!place?.box.isConnected) return;
  place.box.focus();
  place.box.setSelectionRange(place.at, place.at);
  if (typed) insert(place.box, "/", []);
}

let byStroke = false;

function pressed(event) {
  const all = options();
  const at = all.indexOf(chosen());
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(all[(at + step + all.length) % all.length]);
  else if (event.key === "Home" || event.key === "End") return;
  else if (event.key === "Enter") take(chosen());
  else if (event.key === "Escape") close(byStroke && !search().value);
  else return;
  event.preventDefault();
}

export function startCanned() {
  // In the capture phase: the list stands inside the composer, which must not take its keys for an answer's.
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("#canned-picker")) {
      event.stopPropagation();
      return pressed(event);
    }
    const box = event.target;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!box.matches?.("[data-composer] textarea[name=text]") || !picker()) return;
    if (!/(^|\s)$/.test(box.value.slice(0, box.selectionStart))) return;
    event.preventDefault();
    byStroke = true;
    open(box);
  }, true);
  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("#canned-picker")) return;
    event.stopPropagation();
    filter();
  }, true);
  document.addEventListener("click", (event) => {
    const option = event.target.closest("#canned-picker [role=option]");
    if (option) return take(option);
    const button = event.target.closest("[data-canned-open]");
    if (!button) return;
    byStroke = false;
    open(button.closest("[data-composer]").querySelector("textarea[name=text]"));
  });
  // A macro hands over its words once the conversation has been drawn anew.
  document.addEventListener("mg:insert", (event) => {
    const { conversation, text, open: left } = event.detail;
    const box = document.querySelector(`[data-composer="${conversation}"] textarea[name=text]`);
    if (!box) return;
    const gap = box.value.trim() ? "\n\n" : "";
    box.setSelectionRange(box.value.length, box.value.length);
    insert(box, gap + text, left);
  });
}
