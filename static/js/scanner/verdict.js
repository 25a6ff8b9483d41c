// The verdict fills the screen and goes by itself; the next scan replaces it at any time.

import { clockWords, now } from "./clock.js";
import { play } from "./signals.js";
import { moreWords } from "./words.js";

const SHOWN = { admit: 2500, look: 4000, refuse: 4000 }; // ms
const SHOWN_CHOICE = 15000; // ms: somebody counts heads meanwhile, or looks at a hand
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

/* Offers to let the rest of a party through: the count begins at all of them. */
const offer = (section, party) => {
  const form = section.querySelector("[data-more]");
  const count = form.elements.number;
  const button = form.querySelector("[type=submit]");
  const say = () => {
    button.textContent = moreWords(party.direction, count.value);
  };
  form.hidden = false;
  count.value = count.max = party.left;
  say();
  form.addEventListener("click", (event) => {
    event.stopPropagation();
    const step = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
    count.value = Math.min(party.left, Math.max(1, Number(count.value) + step));
    say();
  });
  count.addEventListener("input", say);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hide();
    party.onMore(Number(count.value));
  });
};

const offerStamp = (section, onStamp) => {
  const button = section.querySelector("[data-stamp]");
  button.hidden = false;
  button.addEventListener("click", onStamp);
};

/* `said`: {kind, word, who, why, party}; `around`: what stands at the edges; `party` and `onStamp`: what may follow. */
export const show = (said, around, { party, onStamp }) => {
  clearTimeout(hiding);
  const section = document.querySelector(`template[data-verdict="${said.kind}"]`).content.cloneNode(true).firstElementChild;
  for (const name of ["word", "who", "party", "why"]) put(section, name, said[name]);
  section.classList.toggle("is-long", said.word.split(" ").some((word) => word.length >= LONG));
  put(section, "gate", around.gate);
  put(section, "at", clockWords(now()));
  put(section, "age", around.age);
  put(section, "waiting", around.waiting);
  if (party) offer(section, party);
  if (onStamp) offerStamp(section, onStamp);
  place.replaceChildren(section);
  play(said.kind);
  hiding = setTimeout(hide, party || onStamp ? SHOWN_CHOICE : SHOWN[said.kind]);
};

place.addEventListener("click", hide);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
