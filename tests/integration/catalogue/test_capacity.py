"""Taking, selling and giving back places."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import capacity, closures
from ticketing.catalogue.capacity import SlotClosed, SlotFull, SlotNotFound, SlotOver
from ticketing.catalogue.models import Allocation, Slot
from ticketing.foundation.actors import system

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)
AFTER = NOW + timedelta(minutes=20)  # holds until UNTIL have lapsed
REASONS = {"nl": "dak", "fr": "toit", "en": "roof", "de": "Dach"}
ADA, BEN, CLEO = "holder-ada", "holder-ben", "holder-cleo"


def free(session: Session, slot: Slot, *, now: datetime = NOW) -> int:
    return capacity.free_places(session, [slot.id], now=now)[slot.id]


def rows(session: Session) -> int:
    return session.scalar(select(func.count(Allocation.id))) or 0


def close_centre(session: Session, *, now: datetime = NOW) -> None:
    request = closures.ClosureRequest(REASONS, now, None)
    closures.close(session, request, actor=system("test"), now=now)


def test_places_on_hold_are_not_free(session: Session) -> None:
    slot = make.slot(session, capacity=5)

    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)

    assert free(session, slot) == 2


def test_the_last_places_can_be_taken_and_one_more_cannot(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 5}, ADA, expires_at=UNTIL, now=NOW)

    with pytest.raises(SlotFull) as refusal:
        capacity.take(session, {slot.id: 1}, BEN, expires_at=UNTIL, now=NOW)

    assert refusal.value.code == "slot_full"
    assert refusal.value.details == {"slot_id": slot.id, "free": 0}


def test_a_basket_is_taken_whole_or_not_at_all(session: Session) -> None:
    roomy, tight = make.slot(session, capacity=10), make.slot(session, capacity=1)

    with pytest.raises(SlotFull) as refusal:
        capacity.take(session, {roomy.id: 2, tight.id: 2}, ADA, expires_at=UNTIL, now=NOW)

    assert refusal.value.details == {"slot_id": tight.id, "free": 1}
    assert rows(session) == 0


def test_a_slot_that_does_not_exist_is_said_so(session: Session) -> None:
    with pytest.raises(SlotNotFound):
        capacity.take(session, {424242: 1}, ADA, expires_at=UNTIL, now=NOW)


def test_a_slot_whose_doors_have_closed_is_over(session: Session) -> None:
    slot = make.slot(session, starts_at=NOW + timedelta(minutes=10))
    doors_close = slot.admits_until

    with pytest.raises(SlotOver):
        capacity.take(session, {slot.id: 1}, ADA, expires_at=doors_close + timedelta(hours=1), now=doors_close)


def test_a_slot_that_has_begun_is_for_sale_until_its_doors_close(session: Session) -> None:
    slot = make.slot(session, starts_at=NOW - timedelta(minutes=10))

    capacity.take(session, {slot.id: 1}, ADA, expires_at=UNTIL, now=NOW)

    assert free(session, slot) == 4


def test_a_closed_slot_is_refused_with_the_reason(session: Session) -> None:
    slot = make.slot(session)
    close_centre(session)

    with pytest.raises(SlotClosed) as refusal:
        capacity.take(session, {slot.id: 1}, ADA, expires_at=UNTIL, now=NOW)

    assert refusal.value.code == "closure_in_force"
    assert refusal.value.details["reasons"] == REASONS


def test_a_lapsed_hold_counts_for_nothing_before_anybody_has_swept(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 5}, ADA, expires_at=UNTIL, now=NOW)

    assert free(session, slot, now=UNTIL) == 5
    capacity.take(session, {slot.id: 5}, BEN, expires_at=AFTER + timedelta(minutes=15), now=AFTER)

    assert free(session, slot, now=AFTER) == 0


def test_a_hold_whose_places_were_given_on_cannot_be_brought_back_by_an_older_clock(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 5}, ADA, expires_at=UNTIL, now=NOW)
    capacity.take(session, {slot.id: 5}, BEN, expires_at=AFTER + timedelta(minutes=15), now=AFTER)
    just_before_it_lapsed = UNTIL - timedelta(milliseconds=1)

    assert not capacity.extend(session, ADA, expires_at=AFTER + timedelta(minutes=30), now=just_before_it_lapsed)
    assert not capacity.sell(session, ADA, now=just_before_it_lapsed)
    assert capacity.sell(session, BEN, now=AFTER)


def test_a_live_hold_is_sold_and_sold_places_do_not_expire(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)

    assert capacity.sell(session, ADA, now=NOW)

    assert free(session, slot, now=AFTER) == 2


def test_selling_twice_is_selling_once(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)

    assert [capacity.sell(session, ADA, now=when) for when in (NOW, NOW, AFTER)] == [True, True, True]
    assert free(session, slot, now=AFTER) == 2


def test_a_lapsed_hold_is_sold_while_there_is_room(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)
    capacity.take(session, {slot.id: 2}, BEN, expires_at=AFTER + timedelta(minutes=15), now=AFTER)

    assert capacity.sell(session, ADA, now=AFTER)
    assert free(session, slot, now=AFTER) == 0


def test_money_for_a_lapsed_hold_comes_late_when_others_have_the_places(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)
    capacity.take(session, {slot.id: 3}, BEN, expires_at=AFTER + timedelta(minutes=15), now=AFTER)

    assert not capacity.sell(session, ADA, now=AFTER)
    assert free(session, slot, now=AFTER) == 2


def test_of_a_basket_of_two_slots_late_money_buys_both_or_neither(session: Session) -> None:
    full, roomy = make.slot(session, capacity=2), make.slot(session, capacity=9)
    capacity.take(session, {full.id: 2, roomy.id: 2}, ADA, expires_at=UNTIL, now=NOW)
    capacity.take(session, {full.id: 1}, BEN, expires_at=AFTER + timedelta(minutes=15), now=AFTER)

    assert not capacity.sell(session, ADA, now=AFTER)
    assert capacity.free_places(session, [full.id, roomy.id], now=AFTER) == {full.id: 1, roomy.id: 9}


def test_released_places_are_won_again_by_late_money(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)
    capacity.release(session, ADA)

    assert capacity.sell(session, ADA, now=NOW)
    assert free(session, slot) == 2


def test_money_is_late_when_a_closure_has_come_between(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)
    close_centre(session)

    assert not capacity.sell(session, ADA, now=NOW)


def test_money_is_late_when_the_slot_is_over(session: Session) -> None:
    slot = make.slot(session, starts_at=NOW - timedelta(minutes=10))
    capacity.take(session, {slot.id: 1}, ADA, expires_at=NOW + timedelta(hours=1), now=NOW)

    assert not capacity.sell(session, ADA, now=slot.admits_until)


def test_what_is_sold_stays_sold_under_a_closure(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)
    capacity.sell(session, ADA, now=NOW)
    close_centre(session)

    assert capacity.sell(session, ADA, now=NOW)
    assert free(session, slot) == 2


def test_a_holder_who_never_held_anything_buys_nothing(session: Session) -> None:
    assert not capacity.sell(session, ADA, now=NOW)


def test_an_extended_hold_counts_until_its_new_end(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)

    assert capacity.extend(session, ADA, expires_at=AFTER + timedelta(minutes=15), now=NOW)

    assert free(session, slot, now=AFTER) == 2


def test_a_lapsed_hold_cannot_be_extended(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)

    assert not capacity.extend(session, ADA, expires_at=AFTER + timedelta(hours=1), now=UNTIL)
    assert free(session, slot, now=UNTIL) == 5


def test_releasing_gives_back_what_is_held_once(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)

    assert (capacity.release(session, ADA), capacity.release(session, ADA)) == (3, 0)
    assert free(session, slot) == 5


def test_releasing_a_basket_never_gives_back_what_was_bought(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 3}, ADA, expires_at=UNTIL, now=NOW)
    capacity.sell(session, ADA, now=NOW)

    assert capacity.release(session, ADA) == 0
    assert free(session, slot) == 2
    capacity.give_back_some(session, ADA, {slot.id: 2})
    assert free(session, slot) == 4


def test_capacity_may_be_lowered_below_what_is_sold_and_nothing_more_is_sold_until_it_fits(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 4}, ADA, expires_at=UNTIL, now=NOW)
    capacity.sell(session, ADA, now=NOW)
    slot.capacity = 2
    session.flush()

    assert free(session, slot) == -2
    with pytest.raises(SlotFull) as refusal:
        capacity.take(session, {slot.id: 1}, BEN, expires_at=UNTIL, now=NOW)
    assert refusal.value.details["free"] == 0


def test_a_live_hold_is_sold_though_capacity_was_lowered_under_it_and_a_lapsed_one_is_not(session: Session) -> None:
    slot = make.slot(session, capacity=5)
    capacity.take(session, {slot.id: 2}, ADA, expires_at=UNTIL, now=NOW)
    capacity.take(session, {slot.id: 2}, BEN, expires_at=UNTIL, now=NOW)
    slot.capacity = 1
    session.flush()

    assert capacity.sell(session, ADA, now=NOW)
    assert not capacity.sell(session, BEN, now=AFTER)


def test_sweeping_marks_lapsed_holds_and_only_those(session: Session) -> None:
    slot = make.slot(session, capacity=9)
    capacity.take(session, {slot.id: 1}, ADA, expires_at=UNTIL, now=NOW)
    capacity.take(session, {slot.id: 2}, BEN, expires_at=AFTER + timedelta(minutes=1), now=NOW)
    capacity.take(session, {slot.id: 3}, CLEO, expires_at=UNTIL, now=NOW)
    capacity.sell(session, CLEO, now=NOW)

    assert capacity.mark_expired(session, now=AFTER) == 1
    assert capacity.mark_expired(session, now=AFTER) == 0
    assert free(session, slot, now=AFTER) == 4


def test_free_places_leave_out_slots_that_do_not_exist(session: Session) -> None:
    slot = make.slot(session, capacity=5)

    assert capacity.free_places(session, [slot.id, 424242], now=NOW) == {slot.id: 5}
