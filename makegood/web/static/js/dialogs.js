/** Buttons that open a <dialog>: data-open-dialog="id" or data-open-help. A click on the backdrop closes it. */
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
}

/** @param {string} id of a <dialog> */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}
