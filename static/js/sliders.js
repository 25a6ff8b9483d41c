// Puts a slider under each number that says its span ([data-slide]: least, most, step), and works the page out anew
// while somebody slides: what stands in [data-outcome] is replaced by what the form's address says then.
// Without this script the numbers are typed and the button works it out.

const form = document.querySelector("form[data-sliders]");
const outcome = document.querySelector("[data-outcome]");
const told = document.querySelector("[data-told]");

const SETTLED = 250; // ms without another move

let asked = 0;
let waiting = 0;

const workOut = async () => {
  const mine = ++asked;
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  outcome.setAttribute("aria-busy", "true");
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-outcome]");
  if (mine !== asked) return; // somebody has slid on
  if (!answer.ok || answer.redirected || !fresh) { location.assign(address); return; }
  outcome.replaceChildren(...fresh.childNodes);
  outcome.removeAttribute("aria-busy");
  told.textContent = outcome.querySelector(".figures")?.textContent ?? "";
  history.replaceState(null, "", address);
};

const slider = (number) => {
  const [least, most, step] = number.dataset.slide.split(" ");
  const slide = Object.assign(document.createElement("input"), { type: "range", min: least, max: most, step });
  slide.setAttribute("aria-label", number.labels[0].textContent);
  const follow = () => { slide.value = Number(number.value.replace(",", ".")) || least; };
  slide.addEventListener("input", () => { number.value = slide.value; });
  slide.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => workOut().catch(() => form.requestSubmit()), SETTLED);
  });
  number.addEventListener("input", follow);
  follow();
  number.after(slide);
};

form.querySelectorAll("[data-slide]").forEach(slider);
