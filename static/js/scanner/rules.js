// May this ticket pass, now, here? The rules of door/verdict.py, in its order, over facts as the interface tells them.
// tests/fixtures/verdicts.json holds both to the same answers.

const time = (instant) => Date.parse(instant);

const isClosed = (ticket, attempt, closures) => {
  // Who is early begins at the slot's start: a closure from then on refuses them, one that is over by then does not.
  const begins = Math.max(time(attempt.at), time(ticket.starts_at));
  return closures.some(
    (span) =>
      (span.experience === null || span.experience === ticket.experience) &&
      time(span.starts_at) <= begins &&
      (span.ends_at === null || begins < time(span.ends_at)),
  );
};

const whyNotNow = (ticket, attempt) => {
  const at = time(attempt.at);
  if (time(ticket.admits_from) <= at && at < time(ticket.admits_until)) return null; // also past midnight
  if (attempt.local_date !== ticket.local_date) return "wrong_day";
  return at < time(ticket.admits_from) ? "too_early" : "too_late";
};

/* Returns why an attempt is refused, or null when it is admitted. No ticket: nobody has this code. */
export const judge = (ticket, attempt, closures) => {
  if (ticket === null) return "unknown";
  if (attempt.direction === "out") return ticket.inside >= attempt.admissions ? null : "not_inside";
  if (ticket.opens !== "yes") return ticket.opens;
  if (isClosed(ticket, attempt, closures)) return "closed";
  if (ticket.admitted + attempt.admissions > ticket.admissions) return "already_used";
  return whyNotNow(ticket, attempt);
};
