// May this ticket pass, now, here? The rules of door/verdict.py, in its order, over facts as the interface tells them,
// and of door/merging.py, who may come in again. tests/fixtures/verdicts.json holds both to the same answers.

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

/* Returns why an attempt is refused, or null when it is admitted. No ticket: nobody has this code, or this list lacks it
   and a person has checked. */
export const judge = (ticket, attempt, closures) => {
  if (ticket === null) return attempt.is_checked && attempt.direction === "in" ? null : "unknown";
  if (attempt.direction === "out") return ticket.inside >= attempt.admissions ? null : "not_inside";
  if (ticket.opens !== "yes") return ticket.opens;
  if (isClosed(ticket, attempt, closures)) return "closed";
  const newcomers = attempt.admissions - ticket.returning;
  if (ticket.admitted + newcomers > ticket.admissions) return "already_used";
  if (newcomers === 0) return attempt.local_date === ticket.local_date ? null : "wrong_day";
  return whyNotNow(ticket, attempt);
};

/* Returns how many of those who want to come in were in before, and may come in again by the rule of the experience. */
export const returning = (ticket, attempt) => {
  const people = attempt.admissions;
  if (attempt.direction === "out") return 0;
  if (ticket.reentry === "exit_scan") return Math.min(people, Math.max(0, ticket.admitted - ticket.inside));
  if (ticket.reentry === "stamp") return attempt.has_stamp ? Math.min(people, ticket.admitted) : 0;
  if (ticket.reentry === "window" && ticket.first_in !== null) {
    const isOpen = time(attempt.at) < time(ticket.first_in) + ticket.reentry_minutes * 60000;
    const beyondNew = people - (ticket.admissions - ticket.admitted); // the rest of a party comes first
    return isOpen ? Math.max(0, Math.min(beyondNew, ticket.admitted)) : 0;
  }
  return 0;
};
