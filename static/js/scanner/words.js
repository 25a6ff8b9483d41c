// What a verdict says: the words come with the page (web/desk/scanner_words.py), the facts from house or list.

import { clockWords, dayWords, localDate, now } from "./clock.js";

let words = null;
let language = "nl";

export const setUp = (itsWords, itsLanguage) => {
  words = itsWords;
  language = itsLanguage;
};

export const fill = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
const pick = (texts) => texts[language] || texts.nl || Object.values(texts)[0] || "";

export const ageWords = (ms) => {
  if (ms === null) return words.no_list;
  const seconds = Math.round(ms / 1000);
  const [unit, number] = seconds < 100 ? ["seconds", seconds] : seconds < 6000 ? ["minutes", seconds / 60] : ["hours", seconds / 3600];
  return fill(words.list_age, { age: fill(words[unit], { number: Math.round(number) }) });
};
export const waitingWords = (number) => {
  if (number === 0) return words.none_waits;
  return number === 1 ? words.one_waits : fill(words.many_wait, { number });
};

const usedWords = (told) => {
  const left = told.ticket.admissions - told.ticket.admitted;
  if (left > 0) return fill(words.fewer_left, { number: left });
  if (!told.already) return words.used_elsewhere;
  const day = localDate(Date.parse(told.already.at)) === localDate(now()) ? "" : `${dayWords(told.already.at)}, `;
  return fill(words.reasons.already_used.why, { when: day + clockWords(told.already.at), gate: told.already.gate });
};

const closedWords = (told) => {
  const reasons = told.closure ? pick(told.closure.reasons) : "";
  return `${words.reasons.closed.why} ${reasons}`.trim();
};

const whyOf = (told) => {
  if (told.reason === "already_used") return usedWords(told);
  if (told.reason === "closed") return closedWords(told);
  const ticket = told.ticket;
  const values = ticket && {
    day: dayWords(ticket.starts_at),
    time: clockWords(ticket.starts_at),
    from: clockWords(ticket.admits_from),
    until: clockWords(ticket.admits_until),
  };
  return fill(words.reasons[told.reason].why, values ?? {});
};

const partyWords = (ticket) =>
  ticket.admissions > 1 ? fill(words.party, { admitted: ticket.admitted, all: ticket.admissions }) : "";

/* Of a code that the list lacks: whom this phone let in on it after checking. */
const beforeWords = (told) =>
  told.already ? fill(words.checked.before, { when: clockWords(told.already.at), gate: told.already.gate }) : "";
const checkedPeople = (number) => `${number}\u00a0×\u00a0${words.checked.who}`;

/* `told`: {reason, direction, admissions, ticket, already, closure, unlisted, isChecked}. Returns {kind, word, who, why, party}. */
export const verdictWords = (told) => {
  if (told.unlisted) {
    const { word, why } = words.unlisted[told.unlisted];
    const before = beforeWords(told);
    return { kind: told.unlisted === "no_code" ? "refuse" : "look", word, who: before, why: before ? "" : why, party: "" };
  }
  if (told.isChecked) {
    return { kind: "admit", word: words.admitted.in, who: checkedPeople(told.admissions), why: words.checked.why, party: "" };
  }
  const ticket = told.ticket;
  const who = ticket ? `${told.reason ? "" : `${told.admissions}\u00a0×\u00a0`}${pick(ticket.ticket_type)}` : "";
  const party = ticket ? partyWords(ticket) : "";
  if (told.reason === null) {
    const visit = ticket ? `${pick(ticket.experience_names)}, ${clockWords(ticket.starts_at)}` : "";
    return { kind: "admit", word: words.admitted[told.direction], who, why: visit, party };
  }
  const { kind, word } = words.reasons[told.reason];
  return { kind, word, who, why: whyOf(told), party };
};
export const moreWords = (direction, number) => fill(words.more[direction], { number });
export const checkedWords = (number) => (Number(number) > 1 ? fill(words.checked.many, { number }) : words.checked.one);
