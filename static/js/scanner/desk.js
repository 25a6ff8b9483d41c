// The scanner's comforts: verdicts over the page while the next code is already being typed, by eye, ear and hand.
// Without this script the same form leads to the same verdict as a page.

import * as camera from "./camera.js";
import * as echo from "./echo.js";
import * as finder from "./finder.js";
import { play } from "./signals.js";

const scanner = document.querySelector("[data-scanner]");
if (scanner) {
  const form = scanner.querySelector("form");
  const code = form.elements.code;
  const answer = document.getElementById("answer");
  const list = document.querySelector(".last-scans");
  const SHOWN = { admit: 2500, look: 4000, refuse: 4000 }; // ms; the next scan replaces it at any time
  const SHOWN_CHOICE = 15000; // ms: somebody looks at a hand
  const LINES = 6;
  let hiding = 0;

  const awaitNext = () => {
    if (!camera.isOn()) code.focus(); // a phone would call up its keyboard, over the picture
  };

  const hide = () => {
    clearTimeout(hiding);
    answer.replaceChildren();
    awaitNext();
  };

  const show = (verdict) => {
    clearTimeout(hiding);
    const kind = verdict.dataset.kind;
    answer.replaceChildren(verdict);
    play(kind);
    hiding = setTimeout(hide, verdict.querySelector("form") ? SHOWN_CHOICE : SHOWN[kind]);
    awaitNext();
  };

  const trouble = (word, why) => {
    const verdict = document.getElementById("trouble").content.cloneNode(true).firstElementChild;
    verdict.querySelector(".word").textContent = word;
    verdict.querySelector(".why").textContent = why;
    echo.forget();
    show(verdict);
  };

  const take = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const line = page.querySelector("template[data-line]").content.firstElementChild;
    form.elements.scan_id.value = page.querySelector("template[data-next]").dataset.next;
    list.prepend(document.importNode(line, true));
    while (list.children.length > LINES) list.lastElementChild.remove();
    show(document.importNode(page.querySelector(".verdict"), true));
  };

  const send = async (body) => {
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { "X-Scanner": "1" } });
      if (response.redirected) location.assign(response.url); // signed out meanwhile, or the gate is gone
      else if (response.ok) take(await response.text());
      else if (response.status === 400) location.reload();
      else trouble(scanner.dataset.trouble, scanner.dataset.troubleWhy);
    } catch {
      trouble(scanner.dataset.noNetwork, scanner.dataset.noNetworkWhy);
    }
  };

  let queue = Promise.resolve(); // one scan after the other, in the order they were read
  const sendInTurn = (body) => {
    queue = queue.then(() => {
      body.set("scan_id", form.elements.scan_id.value);
      return send(body);
    });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const read = code.value.replace(/[\s.·-]+/g, "").toUpperCase() + body.get("direction");
    code.value = "";
    if (echo.isEcho(read)) return;
    sendInTurn(body);
  });

  answer.addEventListener("click", (event) => {
    if (!event.target.closest("form")) hide();
  });
  answer.addEventListener("submit", (event) => {
    event.preventDefault();
    sendInTurn(new URLSearchParams(new FormData(event.target, event.submitter)));
    hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    else if (event.target === document.body && event.key.length === 1) code.focus();
  });
  scanner.querySelector("[data-finder]").hidden = false;
  finder.start(scanner, (read) => {
    code.value = read;
    form.requestSubmit(form.querySelector("button[value=in]"));
  });
  awaitNext();
}
