// Small comforts on pages that already work without them.

/* The menu closes with Escape and with a press elsewhere, and gives the focus back to its button. */
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
}

/* Whether we are open: a page that stays open looks again each minute, and when it is looked at again; a change is told. */
const status = document.querySelector("[data-status]");
const lookAgain = async () => {
  const answer = document.hidden ? null : await fetch(status.dataset.status).catch(() => null);
  const fresh = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".pill") : null;
  if (fresh && fresh.textContent !== status.textContent.trim()) status.replaceChildren(fresh);
};
if (status) {
  setInterval(lookAgain, 60_000);
  document.addEventListener("visibilitychange", lookAgain);
}

/* Steppers: the buttons appear, and tell the form what they have done. */
for (const stepper of document.querySelectorAll("form .stepper")) {
  const input = stepper.querySelector("input");
  for (const button of stepper.querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const wanted = (Number.parseInt(input.value, 10) || 0) + Number(button.dataset.step);
      input.value = Math.min(Number(input.max), Math.max(Number(input.min), wanted));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

/* The total follows the numbers. */
const form = document.querySelector("form[data-total]");
if (form) {
  const total = form.querySelector("[data-show-total]");
  const spoken = form.querySelector("[data-say-total]");
  const write = new Intl.NumberFormat(form.dataset.locale, { style: "currency", currency: form.dataset.currency });
  const show = () => {
    let cents = 0;
    for (const input of form.querySelectorAll("input[data-unit-cents]")) {
      cents += Number(input.dataset.unitCents) * Math.max(0, Number.parseInt(input.value, 10) || 0);
    }
    total.textContent = spoken.textContent = write.format(cents / 100);
  };
  form.addEventListener("input", show);
  form.querySelector("[data-total-box]").hidden = false;
  show();
}

/* The hold: how long is left, said aloud only when it matters. */
const hold = document.querySelector("[data-expires-at]");
if (hold) {
  const left = hold.querySelector("[data-left]");
  const spoken = hold.querySelector("[role=status]");
  const offset = Date.parse(hold.dataset.now) - Date.now();
  const ends = Date.parse(hold.dataset.expiresAt);
  const said = new Set();
  const tick = () => {
    const seconds = Math.max(0, Math.round((ends - Date.now() - offset) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    hold.classList.toggle("is-urgent", seconds <= 120);
    for (const moment of [120, 20]) {
      if (seconds <= moment && !said.has(moment)) {
        said.add(moment);
        spoken.textContent = hold.dataset[moment === 120 ? "sayTwoMinutes" : "sayLast"];
      }
    }
    if (seconds > 0) setTimeout(tick, 1000);
    else location.reload();
  };
  left.hidden = false;
  tick();
}

/* While a bank decides, look again by ourselves, ever more slowly. */
const waiting = document.querySelector("[data-look-again]");
if (waiting) {
  const tries = Number(sessionStorage.getItem("looks") || 0);
  sessionStorage.setItem("looks", tries + 1);
  setTimeout(() => location.reload(), Math.min(30, 3 + tries) * 1000);
} else {
  sessionStorage.removeItem("looks");
}
