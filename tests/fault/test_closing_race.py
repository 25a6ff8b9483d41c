"""A manager closes and visitors buy at the same instant: sold before, or refused after, whatever their clocks say."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from tests import make
from tests.fault import last_place
from tests.fault.unguarded import meeting, unguarded
from ticketing.catalogue import capacity, closures
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants
from ticketing.sales.models import Order, OrderState

ROUNDS, BUYERS, AFFECTED = 8, 3, 30
HAVE_SUMMED = r"sum\(.*FROM allocations"  # how many places are taken
MANAGER = system("manager")


def test_nobody_buys_for_a_closed_slot_and_no_alarm_is_raised_for_those_who_were_first(own_database, now) -> None:
    sold = 0
    for number in range(ROUNDS):
        with own_database.transaction() as session:
            slot = make.priced_slot(session, BUYERS, starts_at=make.NOON + timedelta(hours=number))
        instant = threading.Barrier(1 + BUYERS)

        def close(instant=instant):
            instant.wait(10)  # the manager's time was read before everybody else's
            with own_database.transaction() as session:
                request = closures.ClosureRequest(dict.fromkeys(LANGUAGES, "Storm"), now)
                return closures.close(session, request, actor=MANAGER, now=now)

        def buy(place, slot=slot, instant=instant):
            instant.wait(10)
            try:
                with own_database.transaction() as session:
                    make.confirmed_order(session, slot, now + timedelta(milliseconds=10 * (place + 1)), adult=1)
            except capacity.SlotClosed:
                return False
            return True

        with ThreadPoolExecutor(1 + BUYERS) as pool:
            closed, bought = pool.submit(close), [pool.submit(buy, place) for place in range(BUYERS)]
            sold += sum(each.result() for each in bought)
            closure = closed.result()
        with own_database.reading() as session:
            assert invariants.violations(session, now=now + timedelta(minutes=1)) == []
        with own_database.transaction() as session:
            closures.lift(session, closures.get_closure(session, closure.id), actor=MANAGER, now=now)

    with own_database.reading() as session:
        confirmed = select(func.count()).select_from(Order).where(Order.state == OrderState.CONFIRMED)
        assert session.scalar(confirmed) == sold
        assert invariants.violations(session, now=now + timedelta(minutes=1)) == []


def test_the_last_place_of_the_best_alternative_has_one_winner_and_the_others_choose_again(own_database, now) -> None:
    fight = last_place.set_out(own_database, now, AFFECTED)

    assert fight.fight() == 1

    assert fight.losers_choices() == [[fight.other.uuid]] * (AFFECTED - 1)
    with own_database.reading() as session:
        assert invariants.violations(session, now=now) == []


def test_without_the_lock_two_have_the_last_place(own_database, now) -> None:
    fight = last_place.set_out(own_database, now, 2)

    with unguarded(own_database), meeting(own_database, after=HAVE_SUMMED):
        assert fight.fight() == 2

    with own_database.reading() as session:
        assert "I01" in {each.id for each in invariants.violations(session, now=now)}
