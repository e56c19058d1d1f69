/** The query editor: a suggestion is put in without leaving the page, and the field says whether it can be read. */
const field = document.getElementById("id_text");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-apply]");
  if (!button || !field) return;
  event.preventDefault();
  field.value = button.value;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("htmx:afterSettle", () => {
  if (!field) return;
  if (document.getElementById("query-error")) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
});
