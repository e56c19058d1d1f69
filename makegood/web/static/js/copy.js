// Copies what stands in a field. The buttons are hidden until this runs; without it the field can be selected by hand.

for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy);
  const words = button.querySelector('span');
  button.hidden = false;
  button.addEventListener('click', async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      words.textContent = button.dataset.copied;
    } catch {
      // No clipboard without https; the text is selected, so Ctrl+C works.
      field.focus();
    }
  });
}
