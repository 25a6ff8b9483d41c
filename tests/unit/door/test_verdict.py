"""The table of verdicts: one row a situation, one reason each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ticketing.catalogue.opening import ClosedSpan
from ticketing.door.verdict import ADMIT, Attempt, Direction, Judgement, Reason, TicketFacts, Verdict, judge

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
TICKET = TicketFacts(
    is_void=False,
    is_confirmed=True,
    experience_id=1,
    local_date=TODAY,
    starts_at=NOON,
    admits_from=NOON - timedelta(minutes=15),
    admits_until=NOON + timedelta(minutes=30),
    admissions=1,
    admitted=0,
)
VOID = replace(TICKET, is_void=True)
UNPAID = replace(TICKET, is_confirmed=False)
USED = replace(TICKET, admitted=1)
INSIDE_VOID = replace(VOID, inside=1)
GROUP = replace(TICKET, admissions=20, admitted=15)
FOR_TOMORROW = replace(
    TICKET,
    local_date=TOMORROW,
    starts_at=NOON + timedelta(days=1),
    admits_from=NOON + timedelta(days=1, minutes=-15),
    admits_until=NOON + timedelta(days=1, minutes=30),
)
ALL_DAY = ClosedSpan(1, None, NOON - timedelta(hours=3), NOON + timedelta(hours=6), {})
FOR_GOOD = ClosedSpan(2, None, NOON - timedelta(hours=3), None, {})
OTHER_EXPERIENCE = ClosedSpan(3, 2, NOON - timedelta(hours=3), None, {})
FROM_NOON = ClosedSpan(4, 1, NOON, NOON + timedelta(hours=1), {})
UNTIL_NOON = ClosedSpan(5, None, NOON - timedelta(hours=3), NOON, {})


def at(minutes: int = 0, admissions: int = 1, direction: Direction = Direction.IN) -> Attempt:
    instant = NOON + timedelta(minutes=minutes)
    return Attempt(direction, admissions, instant, instant.date())


CASES = [
    ("a valid ticket at its time", TICKET, at(), (), None),
    ("a code nobody has", None, at(), (), Reason.UNKNOWN),
    ("a void ticket", VOID, at(), (), Reason.VOID),
    ("a void ticket that was used before", replace(VOID, admitted=1), at(), (), Reason.VOID),
    ("a void ticket while the centre is closed", VOID, at(), (ALL_DAY,), Reason.VOID),
    ("an order that is not confirmed", UNPAID, at(), (), Reason.UNPAID),
    ("an unpaid ticket on the wrong day", UNPAID, at(-1500), (), Reason.UNPAID),
    ("the centre is closed", TICKET, at(), (ALL_DAY,), Reason.CLOSED),
    ("the centre is closed and the ticket used", USED, at(), (ALL_DAY,), Reason.CLOSED),
    ("the centre is closed and it is too late anyway", TICKET, at(60), (ALL_DAY,), Reason.CLOSED),
    ("another experience is closed", TICKET, at(), (OTHER_EXPERIENCE,), None),
    ("the show closes from its start, scanned before", TICKET, at(-5), (FROM_NOON,), Reason.CLOSED),
    ("the closure is over when the slot starts", TICKET, at(-5), (UNTIL_NOON,), None),
    ("closed today, the ticket is for tomorrow", FOR_TOMORROW, at(), (ALL_DAY,), Reason.WRONG_DAY),
    ("closed for good, the ticket is for tomorrow", FOR_TOMORROW, at(), (FOR_GOOD,), Reason.CLOSED),
    ("a used ticket", USED, at(), (), Reason.ALREADY_USED),
    ("a used ticket the day after", USED, at(1440), (), Reason.ALREADY_USED),
    ("a ticket for tomorrow", FOR_TOMORROW, at(), (), Reason.WRONG_DAY),
    ("yesterday's ticket", TICKET, at(1440), (), Reason.WRONG_DAY),
    ("one minute before the door opens for it", TICKET, at(-16), (), Reason.TOO_EARLY),
    ("at the very minute the door opens", TICKET, at(-15), (), None),
    ("in the last minute", TICKET, at(29), (), None),
    ("at the very minute the door closes", TICKET, at(30), (), Reason.TOO_LATE),
    ("five more of a group of twenty", GROUP, at(admissions=5), (), None),
    ("six more of a group of which five are left", GROUP, at(admissions=6), (), Reason.ALREADY_USED),
    ("going out without having come in", TICKET, at(direction=Direction.OUT), (), Reason.NOT_INSIDE),
    ("going out", replace(USED, inside=1), at(direction=Direction.OUT), (), None),
    ("going out late, on a void ticket, while closed", INSIDE_VOID, at(300, 1, Direction.OUT), (ALL_DAY,), None),
    ("going out with a code nobody has", None, at(direction=Direction.OUT), (), Reason.UNKNOWN),
]


@pytest.mark.parametrize(
    ("ticket", "attempt", "spans", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_situation_has_one_verdict(ticket, attempt, spans, reason):
    expected = ADMIT if reason is None else Judgement(Verdict.REFUSE, reason)

    assert judge(ticket, attempt, spans) == expected


def test_a_late_night_slot_admits_past_midnight():
    late = datetime(2026, 11, 24, 22, 50, tzinfo=UTC)  # 23:50 in Brussels
    ticket = replace(TICKET, starts_at=late, admits_from=late, admits_until=late + timedelta(minutes=30))
    attempt = Attempt(Direction.IN, 1, late + timedelta(minutes=20), TOMORROW)

    assert judge(ticket, attempt, ()) == ADMIT


def test_every_reason_is_reached_by_a_case():
    assert {case[4] for case in CASES} == {*Reason, None}
