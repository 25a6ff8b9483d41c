// Counting people by tap, at doors where nobody scans. Each tap is sent once, like a scan.

import * as clock from "./clock.js";
import * as queue from "./queue.js";
import * as store from "./store.js";

export const start = async (part, gate, onCounted) => {
  const shown = part.querySelector("[data-tallied]");
  const today = () => clock.localDate(clock.now());
  const kept = async () => {
    const tallied = await store.read("tallied");
    return tallied?.local_date === today() ? tallied.sum : 0;
  };
  const show = async () => {
    shown.textContent = String(await kept());
  };
  let taps = Promise.resolve();
  const count = async (delta) => {
    await queue.addTally({ tally_id: crypto.randomUUID(), gate: gate(), delta, counted_at: clock.ownTime() });
    await store.write("tallied", { local_date: today(), sum: (await kept()) + delta });
    navigator.vibrate?.(40);
    await show();
    onCounted();
  };
  part.addEventListener("click", (event) => {
    const delta = Number(event.target.closest("[data-delta]")?.dataset.delta ?? 0);
    if (delta) taps = taps.then(() => count(delta));
  });
  await show();
};
