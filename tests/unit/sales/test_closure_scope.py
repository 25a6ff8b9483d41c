"""What a closure touches, by its times alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ticketing.sales.change_amounts import SoldLine
from ticketing.sales.closure_scope import ClosedTime, SlotTimes, SoldTicket, covers, touched, worth

NOON, HOUR = datetime(2026, 11, 24, 12, tzinfo=UTC), timedelta(hours=1)
CLOSED = ClosedTime(NOON, NOON + 3 * HOUR, decided_at=NOON - 5 * HOUR)
SLOT = SlotTimes(1, 7, NOON, NOON + HOUR, admits_until=NOON + HOUR / 2)
TICKET = SoldTicket(1, order_id=1, line_id=1, slot_id=1, admissions=1, admitted=0, issued_at=NOON - 9 * HOUR)


@pytest.mark.parametrize(("closed", "is_shut"), [
    (CLOSED, True),
    (replace(CLOSED, ends_at=None), True),
    (replace(CLOSED, ends_at=NOON), False),  # its end is the slot's start
    (replace(CLOSED, starts_at=NOON + HOUR), False),
    (replace(CLOSED, experience_ids=frozenset({7, 8})), True),
    (replace(CLOSED, experience_ids=frozenset({8})), False),
    (replace(CLOSED, decided_at=NOON + HOUR / 2), False),  # whoever wanted to come had come
    (replace(CLOSED, lifted_at=NOON), False),  # the door opened again in time
    (replace(CLOSED, lifted_at=NOON + HOUR / 2), True),
    (replace(CLOSED, is_withdrawn=True), False),
])  # fmt: skip
def test_a_slot_is_shut_when_nobody_can_come_to_it(closed: ClosedTime, is_shut: bool) -> None:
    assert covers(closed, SLOT) is is_shut


def test_touched_is_who_bought_before_the_end_and_has_not_come_in() -> None:
    inside, late = replace(TICKET, id=2, admitted=1), replace(TICKET, id=3, issued_at=NOON + 4 * HOUR)
    elsewhere = replace(TICKET, id=4, slot_id=2)

    assert touched(CLOSED, {1: SLOT}, [TICKET, inside, late, elsewhere]) == {1: [TICKET]}


def test_a_part_of_a_line_is_worth_what_would_come_back_for_it() -> None:
    line = SoldLine(1, 1, 1, 3, 1000, 100, 2900, "culture", 600, 164)

    assert worth({1: line}, [TICKET, replace(TICKET, id=2)]) == 2000 - 67
    assert worth({1: line}, [replace(TICKET, id=each) for each in (1, 2, 3)]) == 2900
