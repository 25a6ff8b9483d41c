"""Places taken while somebody decides."""

from datetime import timedelta

import pytest

from tests import make
from ticketing.catalogue import capacity
from ticketing.foundation.identifiers import new_token
from ticketing.sales import basket, holds, promotions
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import HoldState


def free(session, slot, now):
    return capacity.free_places(session, [slot.id], now=now)[slot.id]


def test_a_hold_takes_places_and_an_expired_one_gives_them_back_by_itself(session, now):
    slot = make.priced_slot(session, capacity=5)

    make.hold(session, slot, now, adult=2, child=1)

    assert free(session, slot, now) == 2
    assert free(session, slot, now + holds.HOLD_TIME) == 5


def test_the_same_request_again_is_the_same_hold(session, now):
    slot = make.priced_slot(session, capacity=5)
    request = HoldRequest(new_token(), slot.uuid, {"adult": 2})

    first = holds.open_hold(session, request, now=now)
    second = holds.open_hold(session, request, now=now)

    assert second.id == first.id
    assert free(session, slot, now) == 3


def test_more_than_there_is_room_for_is_refused_and_nothing_is_taken(session, now):
    slot = make.priced_slot(session, capacity=3)

    with pytest.raises(capacity.SlotFull) as refused, session.begin_nested():
        make.hold(session, slot, now, adult=4)

    assert refused.value.details["free"] == 3
    assert free(session, slot, now) == 3


def test_a_ticket_type_without_a_price_is_not_sold(session, now):
    slot = make.priced_slot(session)

    with pytest.raises(basket.UnknownTicketType):
        make.hold(session, slot, now, pirate=1)


def test_a_slot_that_is_over_cannot_be_held(session, now):
    slot = make.priced_slot(session, starts_at=now - timedelta(hours=2))

    with pytest.raises(capacity.SlotOver):
        make.hold(session, slot, now)


def test_more_time_is_given_ten_times_and_then_no_more(session, now):
    hold = make.hold(session, make.priced_slot(session), now)

    for _ in range(holds.MOST_EXTENSIONS):
        now += timedelta(minutes=10)
        holds.extend(session, hold, now=now)

    assert hold.expires_at == now + holds.HOLD_TIME
    with pytest.raises(holds.HoldExtendedTooOften):
        holds.extend(session, hold, now=now)


def test_a_hold_that_lapsed_cannot_be_extended(session, now):
    hold = make.hold(session, make.priced_slot(session), now)

    with pytest.raises(holds.HoldExpired):
        holds.extend(session, hold, now=now + holds.HOLD_TIME)


def test_places_given_back_are_free_at_once(session, now):
    slot = make.priced_slot(session, capacity=2)
    hold = make.hold(session, slot, now)

    holds.release(session, hold)

    assert hold.state is HoldState.RELEASED
    assert free(session, slot, now) == 2


def test_a_promotion_code_takes_its_percentage_off(session, now):
    make.promotion(session, "SCIENCE25", now)
    hold = make.hold(session, make.priced_slot(session), now)

    holds.apply_promotion(session, hold, " science25 ", now=now)
    hold = holds.get_hold(session, hold.secret)

    assert make.quote(session, hold, now).total.cents == 3900 * 75 // 100


@pytest.mark.parametrize("typed", ["SCIENCE26", "'; DROP TABLE promotion_codes; --", "x" * 10_000, "٣"])
def test_a_code_that_does_not_exist_is_refused(session, now, typed):
    hold = make.hold(session, make.priced_slot(session), now)

    with pytest.raises(promotions.PromotionUnknown):
        holds.apply_promotion(session, hold, typed, now=now)


def test_an_unknown_secret_finds_nothing(session):
    with pytest.raises(holds.HoldNotFound):
        holds.get_hold(session, "no such secret")
