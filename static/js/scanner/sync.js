// Keeps this phone and the house of one mind: sends what waits, asks what has changed, tells how the phone is.
// The result of asking says whether there is a network; the browser's own opinion is only a hint to ask at once.

import * as clock from "./clock.js";
import * as list from "./day-list.js";
import * as queue from "./queue.js";
import { Away, Refused, Revoked, post } from "./server.js";
import * as store from "./store.js";

const BEAT = 5000; // ms
const LIST_EVERY = 20000;
const CONTACT_EVERY = 60000;
const PATIENCE = 8000;

let isAwayNow = false;
let isOver = false;
let contactedAt = 0;
let told = null; // {addresses, device, onChange, onRevoked}

export const isAway = () => isAwayNow;
export const noteAway = () => {
  isAwayNow = true;
};

const contact = async () => {
  const asked = Date.now();
  const body = { clock: new Date(asked).toISOString(), unsent_scans: await queue.countWaiting() };
  const answer = await post(told.addresses.contact, body, told.device.token, PATIENCE);
  clock.setAhead(Math.round((asked + Date.now()) / 2 - Date.parse(answer.now)));
  told.device = { token: told.device.token, name: answer.name, gate: answer.gate };
  await store.write("ahead", clock.aheadBy());
  await store.write("device", told.device);
  contactedAt = asked;
};

/* What the house takes in no form is no sign that it is away: the rest goes on. */
const unlessRefused = async (sending) => {
  try {
    return await sending;
  } catch (error) {
    if (error instanceof Refused) return 0;
    throw error;
  }
};

const beat = async () => {
  const { addresses, device } = told;
  if (Date.now() - contactedAt >= CONTACT_EVERY) await contact(); // first: late scans are put right by the clock told
  const sent = await unlessRefused(queue.sendScans(addresses.late, device.token));
  await unlessRefused(queue.sendTallies(addresses.tallies, device.token));
  if (sent || list.age() === null || list.age() >= LIST_EVERY || isAwayNow) {
    await queue.drop(await list.refresh(addresses.list, device.token));
  }
  if (sent) await contact(); // so that managers see it at once: nothing waits any more
};

const tryBeat = async () => {
  if (isOver) return;
  try {
    await beat();
    isAwayNow = false;
  } catch (error) {
    if (error instanceof Revoked) {
      isOver = true; // this key opens nothing any more
      await told.onRevoked();
    } else if (error instanceof Away || error instanceof Refused) isAwayNow = true;
    else throw error;
  }
  await told.onChange(told.device);
};

/* One page at a time, should the scanner be open twice; without locks each sends, and the ids make it once. */
export const now = () =>
  navigator.locks ? navigator.locks.request("foyer-sync", { ifAvailable: true }, (lock) => lock && tryBeat()) : tryBeat();

/* Woken up, or told by the browser that there is a network again: ask without waiting for the turn of anything. */
const askAtOnce = () => {
  if (document.hidden) return;
  contactedAt = 0;
  now();
};

export const start = async (settings) => {
  told = settings;
  clock.setAhead((await store.read("ahead")) ?? 0);
  addEventListener("online", askAtOnce);
  document.addEventListener("visibilitychange", askAtOnce);
  setInterval(now, BEAT);
  await now();
};
