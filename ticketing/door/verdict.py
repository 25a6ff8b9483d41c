"""May this ticket pass, now, here? Pure: frozen facts in, one verdict with at most one reason out.

When several reasons hold, the first of this order is said, because it is the one that helps at the door:

1. `unknown`, `void`, `unpaid`: nothing to wait for, the ticket itself opens nothing;
2. `closed`: holds for everybody, whatever their ticket says;
3. `already_used`: this ticket will not admit again at any time;
4. `wrong_day`, `too_early`, `too_late`: it would have, or it will.

Who was in before and may come in again is not asked for the time of their slot, only for its day.
Whoever goes out is let out, also with a ticket that was voided meanwhile, if somebody went in on it.
Whoever a person let in after checking is let in on a code that is not known; of a code that is, its ticket decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ticketing.catalogue.opening import ClosedSpan


class Direction(StrEnum):
    """Which way somebody goes through a gate."""

    IN = "in"
    OUT = "out"


class Verdict(StrEnum):
    """The answer to a scan."""

    ADMIT = "admit"
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why a scan was refused; exactly one."""

    UNKNOWN = "unknown"  # no ticket has this code
    VOID = "void"  # the ticket was moved, cancelled or refunded
    UNPAID = "unpaid"  # the order is not confirmed
    CLOSED = "closed"  # a closure covers the moment the visit would begin
    WRONG_DAY = "wrong_day"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    ALREADY_USED = "already_used"
    NOT_INSIDE = "not_inside"  # an exit scan of a ticket nobody entered on


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the door knows of a ticket; admits from (included) until (excluded), instants."""

    is_void: bool
    is_confirmed: bool
    experience_id: int
    local_date: date
    starts_at: datetime
    admits_from: datetime
    admits_until: datetime
    admissions: int
    admitted: int
    inside: int = 0  # went in and not out; only asked of those who go out
    returning: int = 0  # of those who come in now, how many were in before and may come in again (merging.py)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried: so many people, this way, at this instant, on the local date it falls on in the centre."""

    direction: Direction
    admissions: int
    at: datetime
    local_date: date
    is_checked: bool = False  # a person who could not ask the house looked into it and lets them in


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and, when it refuses, why."""

    verdict: Verdict
    reason: Reason | None = None


ADMIT = Judgement(Verdict.ADMIT)


def judge(ticket: TicketFacts | None, attempt: Attempt, spans: Iterable[ClosedSpan]) -> Judgement:
    """Decide one attempt by the order of reasons above."""
    if ticket is None:
        is_let_in = attempt.is_checked and attempt.direction is Direction.IN
        reason = None if is_let_in else Reason.UNKNOWN
    elif attempt.direction is Direction.OUT:
        reason = None if ticket.inside >= attempt.admissions else Reason.NOT_INSIDE
    else:
        reason = _why_worthless(ticket) or _why_not_admitted(ticket, attempt, spans)
    return ADMIT if reason is None else Judgement(Verdict.REFUSE, reason)


def _why_worthless(ticket: TicketFacts) -> Reason | None:
    if ticket.is_void:
        return Reason.VOID
    return None if ticket.is_confirmed else Reason.UNPAID


def _why_not_admitted(ticket: TicketFacts, attempt: Attempt, spans: Iterable[ClosedSpan]) -> Reason | None:
    if _is_closed(ticket, attempt, spans):
        return Reason.CLOSED
    newcomers = attempt.admissions - ticket.returning
    if ticket.admitted + newcomers > ticket.admissions:
        return Reason.ALREADY_USED
    if not newcomers:
        return None if attempt.local_date == ticket.local_date else Reason.WRONG_DAY
    return _why_not_now(ticket, attempt)


def _is_closed(ticket: TicketFacts, attempt: Attempt, spans: Iterable[ClosedSpan]) -> bool:
    # Who is early begins at the slot's start: a closure from then on refuses them, one that is over by then does not.
    begins_at = max(attempt.at, ticket.starts_at)
    return any(span.experience_id in {None, ticket.experience_id} and span.contains(begins_at) for span in spans)


def _why_not_now(ticket: TicketFacts, attempt: Attempt) -> Reason | None:
    if ticket.admits_from <= attempt.at < ticket.admits_until:
        return None  # also past midnight, when the date has changed
    if attempt.local_date != ticket.local_date:
        return Reason.WRONG_DAY
    return Reason.TOO_EARLY if attempt.at < ticket.admits_from else Reason.TOO_LATE
