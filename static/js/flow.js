// Keeps the page of who is inside fresh: asks for it again and puts its figures in place, tables as they stood open.
// Waits while nobody looks, and while somebody reads in the figures with the keyboard.

const EVERY = 15000; // ms
const live = document.querySelector("[data-live]");

const refresh = async () => {
  if (document.hidden || live.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (!fresh) return;
  const open = [...live.querySelectorAll("details")].map((part) => part.open);
  fresh.querySelectorAll("details").forEach((part, place) => { part.open = open[place] ?? false; });
  live.replaceChildren(...fresh.childNodes);
};

setInterval(() => refresh().catch(() => {}), EVERY);
