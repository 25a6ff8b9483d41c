"""Reports of who came, on the day of the visit: attendance day by day or month by month, and who stayed away."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from sqlalchemy.orm import Session

from ticketing.flow import visits
from ticketing.flow.report_models import ReportName
from ticketing.flow.report_sales import experience_names, type_names
from ticketing.flow.report_shapes import Cell, Counted, Kind, Report, Span, columns, share
from ticketing.flow.visits import Visited

MOST_DAYS_ALONE = 62  # a longer span is told month by month
Z_95 = 1.959964  # of the normal distribution: 95 % lie between minus and plus this

_COUNTS = {
    "slots": Kind.COUNT, "capacity": Kind.COUNT, "booked": Kind.COUNT, "admitted": Kind.COUNT, "pending": Kind.COUNT,
    "no_shows": Kind.COUNT, "void": Kind.COUNT, "show_rate": Kind.SHARE, "fill": Kind.SHARE,
}  # fmt: skip
BY_DAY, BY_MONTH = columns(day=Kind.DAY, **_COUNTS), columns(month=Kind.MONTH, **_COUNTS)
NO_SHOWS = columns(
    experience=Kind.NAME, ticket_type=Kind.NAME, booked=Kind.COUNT, admitted=Kind.COUNT, pending=Kind.COUNT,
    no_shows=Kind.COUNT, no_show_rate=Kind.SHARE, rate_from=Kind.SHARE, rate_to=Kind.SHARE, kept=Kind.CENTS,
)  # fmt: skip


@dataclass
class _Count:
    """What became of the tickets of a day, a month, or a type."""

    slots: int = 0
    capacity: int = 0
    booked: int = 0
    void: int = 0
    admitted: int = 0
    pending: int = 0
    missed_cents: int = 0

    @property
    def missed(self) -> int:
        return self.booked - self.admitted - self.pending

    def add(self, row: Visited) -> None:
        self.booked += row.booked
        self.void += row.void
        self.admitted += row.admitted
        self.pending += row.pending
        self.missed_cents += row.missed_cents

    def attendance(self) -> tuple[Cell, ...]:
        if not self.slots and not self.booked and not self.void:
            return (None,) * len(_COUNTS)  # a day on which nothing was offered is empty, not zero
        return (
            self.slots, self.capacity, self.booked, self.admitted, self.pending, self.missed, self.void,
            share(self.admitted, self.booked - self.pending), share(self.booked, self.capacity),
        )  # fmt: skip

    def no_shows(self) -> tuple[Cell, ...]:
        settled = self.booked - self.pending
        band = wilson(self.missed, settled)
        return (
            self.booked, self.admitted, self.pending, self.missed, share(self.missed, settled), *band,
            self.missed_cents,
        )  # fmt: skip


def attendance(session: Session, span: Span) -> Report:
    """Report slots, places, bookings and who came, each day of the span; of a long one, each month."""
    is_short = (span.last - span.first).days < MOST_DAYS_ALONE
    begins = {day: day if is_short else max(span.first, day.replace(day=1)) for day in span.days()}
    counts, whole = {begin: _Count() for begin in begins.values()}, _Count()
    for offered in visits.offered_between(session, span.first, span.last):
        for count in (counts[begins[offered.local_date]], whole):
            count.slots += offered.slots
            count.capacity += offered.capacity
    for row in visits.visits_between(session, span.first, span.last, now=span.now):
        counts[begins[row.local_date]].add(row)
        whole.add(row)
    rows: list[tuple[Cell, ...]] = [(begin, *count.attendance()) for begin, count in counts.items()]
    return Report(
        ReportName.ATTENDANCE, span, BY_DAY if is_short else BY_MONTH, tuple(rows), (None, *whole.attendance()),
        whole.admitted, Counted.VISITORS,
    )  # fmt: skip


def no_shows(session: Session, span: Span) -> Report:
    """Report who booked and did not come, by experience and ticket type, with how sure the rate is."""
    experiences, types = experience_names(session), type_names(session)
    counts, whole = dict[tuple[int, int], _Count](), _Count()
    for row in visits.visits_between(session, span.first, span.last, now=span.now):
        counts.setdefault((row.experience_id, row.ticket_type_id), _Count()).add(row)
        whole.add(row)
    rows: list[tuple[Cell, ...]] = [
        (experiences[each], types[kind], *counts[each, kind].no_shows())
        for each in experiences for kind in types if (each, kind) in counts
    ]  # fmt: skip
    return Report(
        ReportName.NO_SHOWS, span, NO_SHOWS, tuple(rows), (None, None, *whole.no_shows()),
        whole.booked - whole.pending, Counted.VISITORS,
    )  # fmt: skip


def wilson(part: int, whole: int) -> tuple[int | None, int | None]:
    """Return between which shares (basis points) the true rate lies with 95 %, after Wilson (1927); None of nothing."""
    if not whole:
        return None, None
    rate, spread = part / whole, Z_95**2 / whole
    middle = (rate + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * sqrt(rate * (1 - rate) / whole + spread / (4 * whole))
    return round(max(0.0, middle - half) * 10_000), round(min(1.0, middle + half) * 10_000)
