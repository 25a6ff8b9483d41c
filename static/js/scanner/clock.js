// The time of the house, on a phone whose own clock may be wrong, and how it is written.

const FORMS = { nl: ".", en: ":", de: "." };
let ahead = 0; // ms by which this phone's clock is ahead of the house's
let zone = "Europe/Brussels";
let language = "nl";

export const setUp = (itsZone, itsLanguage) => {
  zone = itsZone;
  language = itsLanguage;
};

export const aheadBy = () => ahead;
export const setAhead = (ms) => {
  ahead = ms;
};

export const now = () => Date.now() - ahead;

/* What is written down is this phone's own time: the house, which knows how its clock goes, sets it right. */
export const ownTime = () => new Date().toISOString();
export const corrected = (own) => new Date(Date.parse(own) - ahead).toISOString();

export const localDate = (moment) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);

export const clockWords = (instant) => {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "numeric", minute: "2-digit", hourCycle: "h23" })
    .formatToParts(new Date(instant))
    .filter((part) => part.type !== "literal")
    .map((part) => part.value);
  const [hour, minute] = [String(Number(parts[0])), parts[1]];
  if (language === "fr") return minute === "00" ? `${hour}\u00a0h` : `${hour}\u00a0h\u00a0${minute}`;
  return `${hour}${FORMS[language]}${minute}`;
};

export const dayWords = (instant) =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { timeZone: zone, weekday: "short", day: "numeric", month: "short" })
    .format(new Date(instant));
