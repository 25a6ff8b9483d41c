// Codes that come by keys: typed by people, or by a handheld scanner that types like one and presses Enter.

export const listen = (form, onRead) => {
  const field = form.elements.code;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const read = field.value.trim();
    field.value = "";
    if (read) onRead(read);
  });
  // A handheld scanner types wherever the focus is. A field that takes it would call up a phone's own keyboard.
  document.addEventListener("keydown", (event) => {
    const isElsewhere = event.target.closest("input, select, textarea, button, a, summary");
    if (isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1) field.value += event.key;
    else if (event.key === "Enter" && field.value) form.requestSubmit();
  });
};
