// Looks again every so many seconds: what stands in [data-live] is replaced by what the same address says now.
// Without this script, or without an answer, the page stays as it is and says of when it is.

const STALE_AFTER = 3; // answers missed

let missed = 0;

function offerPrint() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

async function lookAgain(part) {
  const answer = await fetch(window.location.href, { headers: { "X-Live": "1" }, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (fresh) part.replaceChildren(...fresh.childNodes);
  offerPrint();
}

function begin() {
  const part = document.querySelector("[data-live]");
  offerPrint();
  if (!part) return;
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return; // nobody looks, or somebody is busy in it
    try {
      await lookAgain(part);
      missed = 0;
    } catch {
      missed += 1;
    }
    part.classList.toggle("is-stale", missed >= STALE_AFTER);
  }, Number(part.dataset.live) * 1000);
}

begin();
