// What is typed into a long text stays in this tab until it has arrived: whom a session ended on loses no word.

const form = document.querySelector("form[data-keep]");
const name = `typed:${form.dataset.keep}`;
const fields = [...form.querySelectorAll("input:not([type=hidden]), textarea, select")].filter((field) => field.name);
const valueOf = (field) => (field.type === "radio" ? String(field.checked) : field.value);
const typed = () => JSON.stringify(fields.map(valueOf));
const shown = typed();
const kept = sessionStorage.getItem(name);
const offer = form.querySelector("[data-kept]");

if ("arrived" in form.dataset || kept === shown) {
  sessionStorage.removeItem(name);
} else if (kept !== null) {
  offer.hidden = false;
}

/* The words come back only when asked for: somebody else may have written on meanwhile. */
offer.addEventListener("click", (event) => {
  if (!event.target.matches("button")) return;
  if (event.target.matches("[data-put-back]")) {
    const values = JSON.parse(kept);
    fields.forEach((field, index) => {
      if (field.type === "radio") field.checked = values[index] === "true";
      else if (values[index] !== undefined) field.value = values[index];
    });
  } else {
    sessionStorage.removeItem(name);
  }
  offer.hidden = true;
  form.querySelector("textarea").focus();
});

form.addEventListener("input", () => sessionStorage.setItem(name, typed()));
