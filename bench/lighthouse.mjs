// Ten pages of a running house, judged by Lighthouse as on a telephone with a slow line (its mobile preset).
// Started by scripts/lighthouse. Ends with 1 when a page stays under the marks.

import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";

const house = (process.argv[2] ?? "http://127.0.0.1:8000").replace(/\/$/, "");
const MARK = 98;
const MOST_HOME_KB = 100;
const MOST_SHIFT = 0.001;
const TRIES = 3; // a busy machine makes a page look slow: below the mark, the median of three counts
const KINDS = ["performance", "accessibility", "best-practices", "seo"];
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/** The addresses on a page that look like this. */
async function linksOn(page, shape) {
  const html = await (await fetch(house + page)).text();
  return [...html.matchAll(shape)].map((found) => found[1].replaceAll("&amp;", "&"));
}

/** The first day of the calendar that still has free times. */
async function freeDay() {
  const months = await linksOn("/en/tickets/", /href="\/?[^"]*(\?month=[\d-]+)[^"]*" rel="next"/g);
  for (const month of ["", ...months]) {
    for (const day of await linksOn(`/en/tickets/${month}`, /href="(\/en\/tickets\/visit\/[\d-]+\/)"/g)) {
      if ((await linksOn(day, /href="(\/en\/tickets\/slots\/[^"]+)"/g)).length) return day;
    }
  }
  throw new Error("There is no day with a free time.");
}

async function pages() {
  return [
    "/nl/", "/fr/tickets/", await freeDay(), "/de/tickets/lightning/", "/de/opening-hours/", "/nl/prices/", "/fr/programme/", "/en/faq/",
    "/de/accessibility/", "/nl/mission/",
  ];
}

/** One judgement in a browser of its own; null when the browser itself failed, as it does on a busy machine. */
async function judged(address) {
  const chrome = await chromeLauncher.launch({ chromePath: process.env.CHROME_PATH, chromeFlags: FLAGS });
  try {
    const settings = { port: chrome.port, onlyCategories: KINDS, logLevel: "silent" };
    return told(address, await lighthouse(house + address, settings));
  } finally {
    chrome.kill();
  }
}

function told(address, { lhr }) {
  if (lhr.runtimeError) return null;
  const requests = lhr.audits["network-requests"].details.items;
  return {
    address,
    scores: KINDS.map((kind) => Math.round((lhr.categories[kind].score ?? 0) * 100)),
    kilobytes: requests.reduce((sum, each) => sum + each.transferSize, 0) / 1000,
    shift: lhr.audits["cumulative-layout-shift"].numericValue,
    paint: lhr.audits["largest-contentful-paint"].numericValue / 1000,
    lost: KINDS.flatMap((kind) => lhr.categories[kind].auditRefs)
      .filter((each) => each.weight > 0 && (lhr.audits[each.id].score ?? 1) < 0.9)
      .map((each) => each.id),
  };
}

const isGood = (one) => Math.min(...one.scores) >= MARK && one.shift <= MOST_SHIFT;

async function judgedFairly(address) {
  const runs = [];
  for (let left = 2 * TRIES; left > 0 && runs.length < TRIES && !runs.slice(0, 1).some(isGood); left--) {
    const one = await judged(address);
    if (one) runs.push(one);
  }
  if (!runs.length) throw new Error(`${address} could not be judged: the browser failed every time.`);
  return runs.sort((one, other) => one.scores[0] - other.scores[0])[Math.floor(runs.length / 2)];
}

const results = [];
console.log(`| page | ${KINDS.join(" | ")} | kB | layout shift | largest paint |`);
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const address of await pages()) {
  const one = await judgedFairly(address);
  results.push(one);
  const shown = address.replace(/\d{4}-\d\d-\d\d/, "…");
  const figures = [one.kilobytes.toFixed(1), one.shift.toFixed(3), `${one.paint.toFixed(2)} s`];
  console.log(`| ${[shown, ...one.scores, ...figures].join(" | ")} |`);
}
const under = results.filter((one) => !isGood(one));
for (const one of under) console.error(`${one.address} is under the mark: ${one.lost.join(", ")}`);
if (results[0].kilobytes >= MOST_HOME_KB) console.error(`The home page weighs ${MOST_HOME_KB} kB or more.`);
process.exit(under.length || results[0].kilobytes >= MOST_HOME_KB ? 1 : 0);
