// The verdict fills the screen and goes by itself; the next scan replaces it at any time.

import { clockWords, now } from "./clock.js";
import { play } from "./signals.js";
import { checkedWords, moreWords } from "./words.js";

const SHOWN = { admit: 2500, look: 4000, refuse: 4000 }; // ms
const SHOWN_CHOICE = 15000; // ms: somebody counts heads meanwhile, or looks at a hand
const SHOWN_CHECK = 60000; // ms: somebody reads what the visitor shows
const LONG = 10; // letters of a word that is set smaller, so that it is not broken
const place = document.getElementById("answer");
let hiding = 0;

export const hide = () => {
  clearTimeout(hiding);
  place.replaceChildren();
};

const put = (section, name, text) => {
  const part = section.querySelector(`[data-${name}]`);
  part.textContent = text;
  part.hidden = !text;
};

/* A number of people, set by steps or by hand, and the button that says what it does with so many of them. */
const count = (form, most, say, act) => {
  const number = form.elements.number;
  const button = form.querySelector("[type=submit]");
  const showNumber = () => {
    button.textContent = say(number.value);
  };
  form.hidden = false;
  number.max = most;
  showNumber();
  form.addEventListener("click", (event) => {
    event.stopPropagation();
    const step = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
    if (step) number.value = Math.min(most, Math.max(1, Number(number.value) + step));
    showNumber();
  });
  number.addEventListener("input", showNumber);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hide();
    act(Number(number.value));
  });
};

/* Offers to let the rest of a party through: the count begins at all of them. */
const offerRest = (section, party) => {
  const form = section.querySelector("[data-more]");
  form.elements.number.value = party.left;
  count(form, party.left, (number) => moreWords(party.direction, number), party.onMore);
};

/* Offers to let in whom the list does not know, once a person has looked into it. */
const offerChecked = (section, onChecked) => {
  const form = section.querySelector("[data-checked]");
  const by = form.elements.checked_by;
  count(form, form.elements.number.max, checkedWords, (number) => onChecked(number, by.value || null));
};

const offerStamp = (section, onStamp) => {
  const button = section.querySelector("[data-stamp]");
  button.hidden = false;
  button.addEventListener("click", onStamp);
};

/* How long it stays when nobody touches it. */
const stay = (kind, { party, onStamp, onChecked }) => {
  if (onChecked) return SHOWN_CHECK;
  return party || onStamp ? SHOWN_CHOICE : SHOWN[kind];
};

/* `said`: {kind, word, who, why, party}; `around`: what stands at the edges; `party`, `onStamp` and `onChecked` (of
   `following`): what may follow. */
export const show = (said, around, following) => {
  const { party, onStamp, onChecked } = following;
  clearTimeout(hiding);
  const section = document.querySelector(`template[data-verdict="${said.kind}"]`).content.cloneNode(true).firstElementChild;
  for (const name of ["word", "who", "party", "why"]) put(section, name, said[name]);
  section.classList.toggle("is-long", said.word.split(" ").some((word) => word.length >= LONG));
  put(section, "gate", around.gate);
  put(section, "at", clockWords(now()));
  put(section, "age", around.age);
  put(section, "waiting", around.waiting);
  if (party) offerRest(section, party);
  if (onStamp) offerStamp(section, onStamp);
  if (onChecked) offerChecked(section, onChecked);
  place.replaceChildren(section);
  play(said.kind);
  hiding = setTimeout(hide, stay(said.kind, following));
};

place.addEventListener("click", hide);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
