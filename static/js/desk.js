// The scanner's comforts: verdicts over the page while the next code is already being typed, by eye, ear and hand.
// Without this script the same form leads to the same verdict as a page.

const scanner = document.querySelector("[data-scanner]");
if (scanner) {
  const form = scanner.querySelector("form");
  const code = form.elements.code;
  const answer = document.getElementById("answer");
  const list = document.querySelector(".last-scans");
  const SHOWN = { admit: 2500, look: 4000, refuse: 4000 }; // ms; the next scan replaces it at any time
  const SAME_CODE = 3000; // ms in which a scanner that fires twice is heard once
  const LINES = 6;
  const TONES = {
    admit: [[660, 0, 0.12], [990, 0.12, 0.22]], // Hz, start s, length s: up
    look: [[520, 0, 0.12], [520, 0.2, 0.12], [520, 0.4, 0.12]], // three times the same
    refuse: [[220, 0, 0.22], [165, 0.24, 0.38]], // down
  };
  const BUZZES = { admit: [90], look: [70, 70, 70, 70, 70], refuse: [320, 120, 320] }; // ms
  let sound = null;
  let hiding = 0;
  let last = { code: "", at: 0 };

  const play = (kind) => {
    navigator.vibrate?.(BUZZES[kind]);
    sound ??= new AudioContext();
    sound.resume();
    for (const [pitch, start, length] of TONES[kind]) {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      const begin = sound.currentTime + start;
      tone.type = kind === "refuse" ? "square" : "sine";
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, begin);
      volume.gain.exponentialRampToValueAtTime(0.5, begin + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin + length);
      tone.connect(volume).connect(sound.destination);
      tone.start(begin);
      tone.stop(begin + length);
    }
  };

  const hide = () => {
    clearTimeout(hiding);
    answer.replaceChildren();
    code.focus();
  };

  const show = (verdict) => {
    clearTimeout(hiding);
    const kind = verdict.dataset.kind;
    answer.replaceChildren(verdict);
    play(kind);
    hiding = setTimeout(hide, SHOWN[kind]);
    code.focus();
  };

  const trouble = (word, why) => {
    const verdict = document.getElementById("trouble").content.cloneNode(true).firstElementChild;
    verdict.querySelector(".word").textContent = word;
    verdict.querySelector(".why").textContent = why;
    last = { code: "", at: 0 };
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
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const read = code.value.replace(/[\s.·-]+/g, "").toUpperCase() + body.get("direction");
    code.value = "";
    const isEcho = read === last.code && Date.now() - last.at < SAME_CODE;
    last = { code: read, at: Date.now() };
    if (isEcho) return;
    queue = queue.then(() => {
      body.set("scan_id", form.elements.scan_id.value);
      return send(body);
    });
  });

  answer.addEventListener("click", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    else if (event.target === document.body && event.key.length === 1) code.focus();
  });
  code.focus();
}
