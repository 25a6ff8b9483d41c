// Every scan is written down before anything else is done about it, and stays until the house has it and says so in the
// list. The scan's own id makes that happen once, however often it is sent.

import * as server from "./server.js";
import * as store from "./store.js";

const MOST_AT_ONCE = 500;
const PATIENCE = 20000; // ms
const REST = 20000; // ms, when the house takes no more for now: what waits here is safe

const restsUntil = { scans: 0, tallies: 0 };
const underWay = new Set(); // ids of scans the house is being asked about right now

export const add = (scan) => {
  underWay.add(scan.scan_id);
  return store.put("scans", scan);
};
/* Nobody is asked about this scan any more: unless it was settled, it waits. */
export const release = (scan) => underWay.delete(scan.scan_id);
export const passagesOf = (hash) => store.rowsOfCode(hash);

const waiting = async (name) => (await store.rows(name)).filter((row) => row.sent_at === undefined);
export const countWaiting = async () => (await waiting("scans")).length + (await waiting("tallies")).length;

/* The house has judged this scan: its word counts. It still stands in for the list until that tells of it. */
export const settle = (scan, answer) => store.put("scans", { ...scan, ...answer, sent_at: Date.now() });

const isIn = (row) => Number(row.verdict === "admit");
/* People who are inside first, then the oldest: what comes of it is the same in any order (door/merging.py). */
const inOrder = (one, other) =>
  isIn(other) - isIn(one) || (one.scanned_at ?? one.counted_at).localeCompare(other.scanned_at ?? other.counted_at);
/* What only this phone needs to know of it stays here. */
const asTold = ({ sent_at: sentAt, came_back: cameBack, ...told }) => told;

const postBatch = async (name, batch, address, token) => {
  try {
    return await server.post(address, { [name]: batch.map(asTold) }, token, PATIENCE);
  } catch (error) {
    if (error instanceof server.Refused && error.status === 429) restsUntil[name] = Date.now() + REST;
    throw error;
  }
};

/* Sends what waits in batches; `arrived` is called with those that did. */
const send = async (name, key, address, token, arrived) => {
  while (Date.now() >= restsUntil[name]) {
    const idle = (await waiting(name)).filter((row) => !underWay.has(row[key]));
    const batch = idle.sort(inOrder).slice(0, MOST_AT_ONCE);
    if (batch.length === 0) return;
    const answer = await postBatch(name, batch, address, token);
    const taken = new Set(answer.taken);
    const done = batch.filter((row) => taken.has(row[key]));
    if (done.length === 0) return;
    await arrived(done);
  }
};

/* Returns how many scans arrived. They stand in for the list until that tells of them. */
export const sendScans = async (address, token) => {
  let number = 0;
  await send("scans", "scan_id", address, token, (scans) => {
    number += scans.length;
    return store.change("scans", scans.map((scan) => ({ ...scan, sent_at: Date.now() })));
  });
  return number;
};

export const addTally = (tally) => store.put("tallies", tally);
export const sendTallies = (address, token) =>
  send("tallies", "tally_id", address, token, (taps) => store.change("tallies", [], taps.map((tap) => tap.tally_id)));

/* Drops what a list tells of by now: everything that had arrived before it was asked for. */
export const drop = async (askedAt) => {
  const told = (await store.rows("scans")).filter((scan) => scan.sent_at !== undefined && scan.sent_at < askedAt);
  if (told.length) await store.change("scans", [], told.map((scan) => scan.scan_id));
};
