// The scanner: what is read becomes a verdict, by the house when it answers at once, else by the list in this phone.

import { stop as stopCamera } from "./camera.js";
import * as clock from "./clock.js";
import { cut, hashOf, normalise } from "./codes.js";
import * as list from "./day-list.js";
import { forget as forgetEchoes, isEcho } from "./echo.js";
import * as finder from "./finder.js";
import * as queue from "./queue.js";
import { judge, returning } from "./rules.js";
import { Refused, Revoked, post } from "./server.js";
import { stayAwake } from "./signals.js";
import * as store from "./store.js";
import * as sync from "./sync.js";
import * as tally from "./tally.js";
import { listen } from "./typing.js";
import * as verdict from "./verdict.js";
import { ageWords, setUp as setUpWords, verdictWords, waitingWords } from "./words.js";

const page = document.querySelector("[data-scanner]");
const part = (name) => page.querySelector(`[data-${name}]`);
const { list: listAt, scans: scansAt, late, contact, tallies } = page.dataset;
const addresses = { list: listAt, scans: scansAt, late, contact, tallies };
const QUICK = 1500; // ms that people at a door wait for the house; then the list judges

let device = null; // {token, name, gate}
let waiting = 0;

const direction = () => page.querySelector("input[name=direction]:checked").value;

const showState = (state) => {
  for (const each of page.querySelectorAll("[data-state]")) each.hidden = each.dataset.state !== state;
};

const showAround = () => {
  if (device === null) return;
  part("gate").textContent = device.gate?.name ?? "–";
  part("age").textContent = ageWords(list.age());
  part("waiting").textContent = waitingWords(waiting);
  page.classList.toggle("is-away", sync.isAway());
  part("online").hidden = sync.isAway();
  part("away").hidden = !sync.isAway();
};

const noteChange = async (changed = device) => {
  if (device === null) return;
  device = changed;
  waiting = await queue.countWaiting();
  showAround();
};

const forgetAll = async () => {
  device = null;
  stopCamera();
  verdict.hide();
  list.forget();
  await store.forget();
  showState("revoked");
};

/* What this phone makes of a code by itself. */
const judgeHere = (hash, isCode, passages, attempt) => {
  const ticket = isCode ? list.find(hash, passages) : null;
  if (ticket) ticket.returning = returning(ticket, attempt);
  const reason = judge(ticket, attempt, list.closures());
  let unlisted = null;
  if (ticket === null && reason !== null) unlisted = !isCode ? "no_code" : list.age() === null ? "no_list" : "not_listed";
  const first = passages.find((each) => each.verdict === "admit" && each.direction === "in");
  const already = first ? { at: clock.corrected(first.scanned_at), gate: device.gate.name } : null;
  const closure = reason === "closed" ? list.closures().find((span) => span.experience === null || span.experience === ticket.experience) : null;
  return { reason, ticket, already, closure, unlisted };
};

/* What the house says, or null when it does not say it at once. */
const askHouse = async (scan, code) => {
  if (sync.isAway()) return null;
  const body = { code, gate: scan.gate, direction: scan.direction, scan_id: scan.scan_id, admissions: scan.admissions, stamp: scan.stamp };
  try {
    const told = await post(addresses.scans, body, device.token, QUICK);
    const ticket = told.ticket && { ...told.ticket, experience_names: told.ticket.experience };
    const closure = told.closure && { reasons: told.closure.reason };
    return { verdict: told.verdict, reason: told.reason, ticket, already: told.already, closure };
  } catch (error) {
    if (error instanceof Revoked) throw error;
    if (!(error instanceof Refused)) sync.noteAway();
    return null;
  }
};

/* Written down before it is shown: whatever dies now, this scan happened. */
const writeAndAsk = async (scan, code) => {
  try {
    const [house] = await Promise.all([askHouse(scan, code), queue.add(scan)]);
    if (house) await queue.settle(scan, { verdict: house.verdict, reason: house.reason });
    return house;
  } finally {
    queue.release(scan);
  }
};

const counted = (ticket, judged, scan) => {
  if (!ticket || judged.reason !== null || scan.direction === "out") return ticket;
  return { ...ticket, admitted: ticket.admitted + scan.admissions - scan.came_back };
};

const leftOf = (told) => {
  if (told.reason !== null || !told.ticket || told.ticket.admissions === 1) return 0;
  return told.direction === "in" ? told.ticket.admissions - told.ticket.admitted : (told.ticket.inside ?? told.ticket.admitted) - told.admissions;
};

const attempt = async (read, { admissions = 1, stamp = false, isChecked = false, checkedBy = null }) => {
  const code = normalise(read);
  const said = code ?? cut(read);
  const hash = await hashOf(said);
  const now = clock.now();
  const at = new Date(now).toISOString();
  const tried = { direction: direction(), admissions, has_stamp: stamp, is_checked: isChecked && code !== null, at, local_date: clock.localDate(now) };
  const here = judgeHere(hash, code !== null, await queue.passagesOf(hash), tried);
  const scan = {
    scan_id: crypto.randomUUID(), code_hash: hash, gate: device.gate.slug, direction: tried.direction, scanned_at: clock.ownTime(),
    admissions, stamp, came_back: here.ticket?.returning ?? 0, verdict: here.reason === null ? "admit" : "refuse", reason: here.reason,
    ...(tried.is_checked && here.ticket === null && here.reason === null ? { kind: "checked", checked_by: checkedBy } : {}),
  };
  const house = await writeAndAsk(scan, said);
  const judged = house ? { ...house, closure: house.closure ?? here.closure } : { ...here, ticket: counted(here.ticket, here, scan) };
  return { ...judged, direction: scan.direction, admissions, isChecked: house === null && scan.kind === "checked" };
};

/* What may follow at once: the rest of a party, somebody whose stamp lets them in again, or one whom this phone's list
   does not know and a person has looked into. */
const offers = (read, told) => {
  const left = leftOf(told);
  const isStamped = told.reason === "already_used" && told.ticket?.reentry === "stamp";
  const mayBeChecked = ["not_listed", "no_list"].includes(told.unlisted) && told.direction === "in";
  return {
    onChecked: mayBeChecked ? (admissions, checkedBy) => scan(read, { admissions, isChecked: true, checkedBy }) : null,
    party: left > 0 ? { left, direction: told.direction, onMore: (admissions) => scan(read, { admissions }) } : null,
    onStamp: isStamped ? () => scan(read, { admissions: told.admissions, stamp: true }) : null,
  };
};

const showVerdict = (told, following) => {
  const around = { gate: device.gate.name, age: ageWords(list.age()), waiting: waitingWords(waiting) };
  verdict.show(verdictWords(told), around, following);
};

/* What goes wrong with one scan is said, and stops no other. */
const take = async (read, terms) => {
  if (device === null || !device.gate) return;
  try {
    const told = await attempt(read, terms);
    await noteChange();
    showVerdict(told, offers(read, told));
  } catch (error) {
    if (error instanceof Revoked) {
      await forgetAll();
      return;
    }
    forgetEchoes();
    showVerdict({ unlisted: "trouble" }, {});
    reportError(error);
  }
};

let scans = Promise.resolve(); // one after the other, in the order they were read
const scan = (read, terms = {}) => {
  scans = scans.then(() => take(read, terms));
};
const hear = (read) => {
  if (!isEcho(read)) scan(read);
};

const setUpControls = () => {
  page.addEventListener("change", () => page.classList.toggle("is-out", direction() === "out"));
  listen(part("typed"), hear);
  setInterval(showAround, 1000);
};

const begin = async () => {
  clock.setUp(page.dataset.zone, document.documentElement.lang);
  setUpWords(JSON.parse(page.dataset.words), document.documentElement.lang);
  device = (await store.read("device")) ?? null;
  if (!device?.name) {
    device = null;
    showState("stranger");
    return;
  }
  showState("scanning");
  await list.load();
  await noteChange();
  setUpControls();
  stayAwake();
  await tally.start(part("tally"), () => device.gate.slug, noteChange);
  navigator.serviceWorker?.register(page.dataset.worker).then((kept) => kept.update()).catch(() => {});
  navigator.storage?.persist?.();
  await Promise.all([finder.start(page, hear), sync.start({ addresses, device, onChange: noteChange, onRevoked: forgetAll })]);
};
begin();
