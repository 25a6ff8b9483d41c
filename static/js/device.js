// Makes a phone a scanner. It makes its token itself and keeps it; the link's secret stands after # and reaches no log.
// While this page is open the phone tells each minute how its clock goes. Revoked, it forgets everything.

const page = document.querySelector("[data-device]");
const KEPT = "foyer.device"; // {token, name, gate}; before we are enrolled {token, invitation}
const EVERY = 60000; // ms
const PATIENCE = 8000; // ms

const keep = (device) => localStorage.setItem(KEPT, JSON.stringify(device));
const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "null");
const invitation = () => location.hash.slice(1);

const show = (state) => {
  for (const part of page.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
};
const complain = (sentence) => {
  const place = page.querySelector("[data-mistake]");
  place.textContent = sentence;
  place.hidden = !sentence;
};
const showDevice = (device) => {
  page.querySelector("[data-name]").textContent = device.name;
  page.querySelector("[data-gate]").textContent = device.gate?.name ?? "–";
  show("enrolled");
};

const newToken = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const post = (address, body, token) =>
  fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  });

const enrol = async (name) => {
  // Kept before it is sent: whoever missed the answer asks again with the same token and gets the same answer.
  const tried = kept();
  const token = tried?.invitation === invitation() ? tried.token : newToken();
  keep({ token, invitation: invitation() });
  const response = await post(page.dataset.enrol, { secret: invitation(), name, token });
  const told = await response.json();
  if (!response.ok) {
    complain(told.detail);
    return;
  }
  complain("");
  keep({ token, ...told });
  history.replaceState(null, "", location.pathname);
  showDevice(told);
};

const tell = async () => {
  const device = kept();
  if (!device?.name) return;
  try {
    const body = { clock: new Date().toISOString(), unsent_scans: 0 };
    const response = await post(page.dataset.contact, body, device.token);
    if (response.status === 401) {
      localStorage.removeItem(KEPT);
      show("revoked");
    } else if (response.ok) {
      const told = await response.json();
      keep({ token: device.token, name: told.name, gate: told.gate });
      showDevice(told);
    }
  } catch {
    page.querySelector('[data-state="away"]').hidden = false;
  }
};

page.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  enrol(event.target.elements.name.value).catch(() => { page.querySelector('[data-state="away"]').hidden = false; });
});

const begin = () => {
  const device = kept();
  if (device?.name && !invitation()) {
    showDevice(device);
    tell();
    return;
  }
  if (device?.name) localStorage.removeItem(KEPT); // invited anew: another name, another gate, another token
  show(invitation() ? "invited" : "stranger");
};
addEventListener("hashchange", begin);
setInterval(tell, EVERY);
begin();
