/** Pictures of an answer: chosen, dropped or pasted; uploaded one after the other, with how far it is. */

/** @type {Promise<void>} */
let queue = Promise.resolve();

/**
 * @param {HTMLFormElement} form
 * @param {string} sentence "" takes the last one away
 */
function problem(form, sentence) {
  const line = form.querySelector("[data-upload-problem]");
  if (!line) return;
  line.textContent = sentence;
  line.hidden = !sentence;
}

/** @param {HTMLFormElement} form */
const input = (form) => form.querySelector("[data-upload]");

/**
 * One picture. What was typed into the descriptions of the others stays.
 * @param {HTMLFormElement} form
 * @param {File} file
 * @returns {Promise<void>}
 */
function upload(form, file) {
  return new Promise((done) => {
    if (!form.isConnected || !input(form) || input(form).disabled) return done();
    const request = new XMLHttpRequest();
    const state = () => form.querySelector("[data-upload-state]");
    request.open("POST", input(form).dataset.upload);
    request.timeout = 120000;
    for (const [name, value] of Object.entries(JSON.parse(document.body.getAttribute("hx-headers")))) request.setRequestHeader(name, value);
    request.setRequestHeader("HX-Request", "true");
    request.upload.onprogress = (event) => {
      if (!state()) return;
      state().hidden = false;
      if (event.lengthComputable) state().firstElementChild.value = event.loaded / event.total;
    };
    request.onloadend = () => {
      if (state()) state().hidden = true;
      if (request.status === 200) show(form, request.responseText);
      else problem(form, request.status === 422 ? request.responseText : document.body.dataset.failed);
      done();
    };
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  });
}

/** @param {HTMLFormElement} form */
function show(form, html) {
  const media = form.querySelector("#compose-media");
  const said = new Map([...media.querySelectorAll("textarea")].map((one) => [one.name, one.value]));
  media.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  for (const one of media.querySelectorAll("textarea")) one.value = said.get(one.name) ?? one.value;
  window.htmx.process(media);
  media.querySelector("li:last-child textarea")?.focus();
}

/**
 * @param {HTMLFormElement} form
 * @param {FileList|File[]} files
 */
function take(form, files) {
  const chosen = [...files];
  if (!chosen.length || !input(form)) return;
  problem(form, "");
  for (const file of chosen) queue = queue.then(() => upload(form, file));
}

/** @param {(form: HTMLFormElement) => void} typed saves the draft, with the descriptions */
export function startPictures(typed) {
  const composer = (event) => event.target.closest?.("[data-composer]");
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-choose-file]");
    if (pick) document.querySelector(pick.dataset.chooseFile).click();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-upload]")) return;
    take(composer(event), event.target.files);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const form = composer(event);
    const files = event.clipboardData?.files;
    if (!form || !files?.length || !input(form)) return;
    event.preventDefault();
    take(form, files);
  });
  document.addEventListener("dragover", (event) => {
    const form = composer(event);
    if (!form || !input(form) || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => composer(event)?.classList.remove("is-dropping"));
  document.addEventListener("drop", (event) => {
    const form = composer(event);
    if (!form || !input(form) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    form.classList.remove("is-dropping");
    take(form, event.dataTransfer.files);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const form = event.detail.target?.id === "compose-media" && composer(event);
    if (form) typed(form);
  });
}
