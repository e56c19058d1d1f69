/** Buttons that open a <dialog>: data-open-dialog="id" or data-open-help. A click on the backdrop closes it, and so does a
 * form in it with data-close-dialog once it was taken. */
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog], [data-open-help]");
    if (opener) {
      opener.closest("[popover]")?.hidePopover();
      openDialog(opener.dataset.openDialog || "help");
    } else if (event.target.matches("dialog.dialog")) {
      event.target.close();
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr.status < 300 && event.detail.elt.matches("form[data-close-dialog]")) {
      event.detail.elt.closest("dialog").close();
    }
  });
}

/** @param {string} id of a <dialog> */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}
