/**
 * Names in notes: after an @ the people and teams whose name fits are offered under the box. Arrow keys walk, Enter or Tab
 * takes one, Escape closes. The text stays plain ("@Malik"); what was picked goes along as hidden fields.
 */
const MOST = 8;
/** What stands between the last @ and the cursor. */
const BEGUN = /(?:^|[^\p{L}\p{N}_@])@([^@\n]{0,40})$/u;
/** Names by the address they came from. @type {Map<string, Promise<{key: string, name: string}[]>>} */
const fetched = new Map();

const formOf = (element) => element.closest?.("form[data-names]");
const parts = (form) => ({ box: form.querySelector("textarea"), list: form.querySelector("[role=listbox]"), said: form.querySelector("[role=status]") });

/** @param {HTMLFormElement} form */
function names(form) {
  const url = form.dataset.names;
  if (!fetched.has(url)) {
    const asked = fetch(url, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10000) })
      .then((answer) => (answer.ok ? answer.json() : { names: [] }))
      .then((found) => found.names);
    fetched.set(url, asked);
    asked.catch(() => fetched.delete(url));
  }
  return fetched.get(url);
}

/** @param {HTMLFormElement} form */
function close(form) {
  const { box, list, said } = parts(form);
  list.hidden = true;
  list.replaceChildren();
  said.textContent = "";
  box.removeAttribute("aria-activedescendant");
}

/** @param {HTMLFormElement} form */
async function offer(form) {
  const { box } = parts(form);
  const begun = BEGUN.exec(box.value.slice(0, box.selectionStart));
  if (!begun) return close(form);
  const all = await names(form).catch(() => []);
  const again = BEGUN.exec(box.value.slice(0, box.selectionStart));
  if (!again || document.activeElement !== box) return close(form);
  const wanted = again[1].toLocaleLowerCase();
  const fits = (name) => name.toLocaleLowerCase().split(/\s+/).some((word, at, words) => words.slice(at).join(" ").startsWith(wanted));
  draw(form, all.filter((each) => fits(each.name)).slice(0, MOST));
}

function draw(form, found) {
  if (!found.length) return close(form);
  const { box, list, said } = parts(form);
  list.replaceChildren(...found.map((each, at) => {
    const item = document.createElement("li");
    item.id = `name-${each.key}`;
    item.role = "option";
    item.dataset.key = each.key;
    item.textContent = each.name;
    item.setAttribute("aria-selected", String(at === 0));
    return item;
  }));
  list.hidden = false;
  box.setAttribute("aria-activedescendant", list.firstElementChild.id);
  const words = found.length === 1 ? form.dataset.foundOne : form.dataset.found;
  said.textContent = words.replace("%n", found.length).replace("%s", found[0].name);
}

/** @param {HTMLFormElement} form @param {number} step */
function walk(form, step) {
  const { box, list } = parts(form);
  const items = [...list.children];
  const here = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const next = items[(here + step + items.length) % items.length];
  for (const item of items) item.setAttribute("aria-selected", String(item === next));
  next.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", next.id);
}

function take(form, item) {
  const { box } = parts(form);
  const before = box.value.slice(0, box.selectionStart);
  const begun = BEGUN.exec(before);
  if (!begun) return close(form);
  const start = before.length - begun[1].length;
  box.setRangeText(`${item.textContent} `, start, box.selectionStart, "end");
  const picked = document.createElement("input");
  picked.type = "hidden";
  picked.name = "named";
  picked.value = item.dataset.key;
  form.append(picked);
  close(form);
  box.focus();
}

export function startMentions() {
  document.addEventListener("focusin", (event) => {
    const form = formOf(event.target);
    if (!form || !event.target.matches("textarea")) return;
    const { box, list } = parts(form);
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-haspopup", "listbox");
    box.setAttribute("aria-controls", list.id);
  });
  document.addEventListener("input", (event) => {
    const form = formOf(event.target);
    if (form && event.target.matches("textarea")) offer(form);
  });
  document.addEventListener("keydown", (event) => {
    const form = formOf(event.target);
    if (!form || !event.target.matches("textarea") || event.isComposing) return;
    const { list } = parts(form);
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(form, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" || event.key === "Tab") take(form, list.querySelector("[aria-selected=true]"));
    else if (event.key === "Escape") close(form);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("pointerdown", (event) => {
    const item = event.target.closest?.(".names-list [role=option]");
    if (!item) return;
    event.preventDefault();
    take(formOf(item), item);
  });
  document.addEventListener("focusout", (event) => {
    const form = formOf(event.target);
    if (form && event.target.matches("textarea")) close(form);
  });
}
