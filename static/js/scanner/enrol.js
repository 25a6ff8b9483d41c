// Makes a phone a scanner. It makes its token itself and keeps it; the link's secret stands after # and reaches no log.

import * as queue from "./queue.js";
import { Refused, Revoked, post } from "./server.js";
import * as store from "./store.js";

const page = document.querySelector("[data-device]");
const PATIENCE = 8000; // ms
const invitation = () => location.hash.slice(1);

const show = (state) => {
  for (const part of page.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
};
const complain = (sentence) => {
  const place = page.querySelector("[data-mistake]");
  place.textContent = sentence;
  place.hidden = !sentence;
};
const sayAway = () => {
  page.querySelector("[data-away]").hidden = false;
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

const enrol = async (name) => {
  // Kept before it is sent: whoever missed the answer asks again with the same token and gets the same answer.
  const tried = await store.read("trial");
  const token = tried?.invitation === invitation() ? tried.token : newToken();
  await store.write("trial", { token, invitation: invitation() });
  const told = await post(page.dataset.enrol, { secret: invitation(), name, token }, null, PATIENCE);
  await store.become({ token, ...told });
  history.replaceState(null, "", location.pathname);
  complain("");
  showDevice(told);
};

/* Asks the house whether this phone still is a scanner. */
const tell = async (device) => {
  try {
    const body = { clock: new Date().toISOString(), unsent_scans: await queue.countWaiting() };
    const told = await post(page.dataset.contact, body, device.token, PATIENCE);
    showDevice(told);
  } catch (error) {
    if (!(error instanceof Revoked)) return sayAway();
    await store.forget();
    show("revoked");
  }
};

/* Scans of an earlier enrolment are sent before it ends: only its token may send them. */
const sendFirst = async (device) => {
  try {
    await queue.sendScans(page.dataset.late, device.token);
    await queue.sendTallies(page.dataset.tallies, device.token);
  } catch (error) {
    if (error instanceof Revoked) return true; // nobody takes them any more
  }
  return (await queue.countWaiting()) === 0;
};

page.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await enrol(event.target.elements.name.value);
  } catch (error) {
    if (error instanceof Refused) complain(error.message);
    else sayAway();
  }
});

const begin = async () => {
  const device = await store.read("device");
  if (device && !invitation()) {
    showDevice(device);
    await tell(device);
  } else if (device && !(await sendFirst(device))) {
    show("unsent");
  } else {
    show(invitation() ? "invited" : "stranger");
  }
};
addEventListener("hashchange", begin);
begin();
