// The day's tickets by truncated hash: asked whole once, then only for what has changed.

import { corrected } from "./clock.js";
import * as server from "./server.js";
import * as store from "./store.js";

const PATIENCE = 20000; // ms
const NOTHING = { cursor: "", local_date: "", slots: [], types: new Map(), closures: [], tickets: new Map() };

let list = NOTHING;
let heldSince = null; // ms by this phone's clock: when the house last confirmed it

export const load = async () => {
  list = (await store.read("list")) ?? NOTHING;
  heldSince = (await store.read("listed_at")) ?? null;
};

export const forget = () => {
  list = NOTHING;
  heldSince = null;
};

/* How old the list is, in ms; null when there is none. */
export const age = () => (heldSince === null ? null : Math.max(0, Date.now() - heldSince));
export const size = () => list.tickets.size;
export const closures = () => list.closures;

/* Lays an answer over what is held. A ticket names its slot and type by their places in its own answer. */
export const merge = (held, told) => {
  const tickets = told.is_whole ? new Map() : held.tickets;
  const types = told.is_whole ? new Map() : held.types;
  for (const type of told.ticket_types) types.set(type.uuid, type.names);
  for (const [hash, slot, type, ...rest] of told.tickets) {
    tickets.set(hash, [told.slots[slot].uuid, told.ticket_types[type].uuid, ...rest]);
  }
  return { cursor: told.cursor, local_date: told.local_date, slots: told.slots, types, closures: told.closures, tickets };
};

/* A list since a cursor repeats what changed last; only what differs is worth writing to the disk again. */
const tellsNews = (held, told) =>
  told.is_whole ||
  JSON.stringify([told.slots, told.closures]) !== JSON.stringify([held.slots, held.closures]) ||
  told.tickets.some((row) => JSON.stringify(row.slice(3)) !== JSON.stringify(held.tickets.get(row[0])?.slice(2)));

export const refresh = async (address, token) => {
  const asked = Date.now();
  const told = await server.get(`${address}?since=${encodeURIComponent(list.cursor)}`, token, PATIENCE);
  const isNews = tellsNews(list, told);
  list = merge(list, told);
  if (isNews) await store.write("list", list);
  heldSince = asked;
  await store.write("listed_at", asked);
  return asked;
};

/* Returns what is known of a ticket, with what this phone itself let pass since; null when the list has it not. */
export const find = (hash, passages) => {
  const row = list.tickets.get(hash);
  if (!row) return null;
  const [slotUuid, typeUuid, admissions, admitted, inside, opens, firstIn] = row;
  const slot = list.slots.find((each) => each.uuid === slotUuid);
  const passed = passages.filter((each) => each.verdict === "admit");
  const came = passed.filter((each) => each.direction === "in");
  const left = passed.filter((each) => each.direction === "out");
  const people = (some) => some.reduce((sum, each) => sum + each.admissions, 0);
  const back = came.reduce((sum, each) => sum + each.came_back, 0);
  return {
    opens,
    experience: slot.experience,
    experience_names: slot.names,
    ticket_type: list.types.get(typeUuid),
    local_date: slot.local_date,
    starts_at: slot.starts_at,
    admits_from: slot.admits_from,
    admits_until: slot.admits_until,
    reentry: slot.reentry,
    reentry_minutes: slot.reentry_minutes,
    admissions,
    admitted: admitted + people(came) - back,
    inside: inside + people(came) - people(left),
    first_in: firstIn ?? (came.length ? corrected(came[0].scanned_at) : null),
  };
};
