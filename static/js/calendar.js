// The calendar by keyboard: each month is one stop of Tab, the arrows move between its days (the date grid of the ARIA
// Authoring Practices). Days stay links: without this file each is a stop of its own.

for (const calendar of document.querySelectorAll("[data-calendar]")) {
  const months = [...calendar.querySelectorAll("table.month")];
  const days = [...calendar.querySelectorAll("a.day")];
  if (!days.length) continue;

  for (const month of months) {
    month.setAttribute("role", "grid");
    const own = days.filter((day) => month.contains(day));
    const entry = own.find((day) => day.matches("[aria-current=page]")) ?? own.find((day) => day.matches(".free, .few")) ?? own[0];
    for (const day of own) day.tabIndex = day === entry ? 0 : -1;
  }

  const dateOf = (day) => day.id.slice(4);
  const at = (date, steps) => {
    const moved = new Date(`${date}T12:00:00Z`);
    moved.setUTCDate(moved.getUTCDate() + steps);
    return moved.toISOString().slice(0, 10);
  };
  const reach = (day) => {
    for (const other of day.closest("table").querySelectorAll("a.day")) other.tabIndex = -1;
    day.tabIndex = 0;
    day.focus();
  };
  /* The nearest day that can be chosen, so many days further on and on again: closed weekdays are passed over. */
  const further = (day, steps) => {
    const last = steps > 0 ? dateOf(days.at(-1)) : dateOf(days[0]);
    for (let date = at(dateOf(day), steps); steps > 0 ? date <= last : date >= last; date = at(date, steps)) {
      const found = days.find((other) => dateOf(other) === date);
      if (found) return found;
    }
    return null;
  };
  const ofWeek = (day, place) => [...day.closest("tr").querySelectorAll("a.day")].at(place);
  /* The same day of another month; of a month that is not on this page, by its arrow. */
  const inMonth = (day, step) => {
    const month = months[months.indexOf(day.closest("table")) + step];
    if (month) {
      const own = days.filter((other) => month.contains(other));
      return own.find((other) => dateOf(other).slice(8) >= dateOf(day).slice(8)) ?? own.at(-1) ?? null;
    }
    const arrow = calendar.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]");
    if (arrow) location.assign(`${arrow.href}#day-${dateOf(day).slice(8)}`);
    return null;
  };
  const moves = {
    ArrowLeft: (day) => further(day, -1),
    ArrowRight: (day) => further(day, 1),
    ArrowUp: (day) => further(day, -7),
    ArrowDown: (day) => further(day, 7),
    Home: (day) => ofWeek(day, 0),
    End: (day) => ofWeek(day, -1),
    PageUp: (day) => inMonth(day, -1),
    PageDown: (day) => inMonth(day, 1),
  };

  calendar.addEventListener("keydown", (event) => {
    const day = event.target.closest("a.day");
    if (!day || !moves[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const found = moves[event.key](day);
    if (found) reach(found);
  });

  /* Whoever turned the page by keyboard goes on where they were. */
  const asked = /^#day-(\d\d)$/.exec(location.hash);
  if (asked) {
    const [month] = months;
    const own = days.filter((day) => month.contains(day));
    const found = own.find((day) => dateOf(day).slice(8) >= asked[1]) ?? own.at(-1);
    if (found) reach(found);
  }
}
