"""The same lives in a house whose guards are replaced by siblings that check nothing: it is found out.

They show that the machine would see the fault each guard is there for.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase

from tests.lives.test_lives import LONG_STEPS, STEPS, Lives, live
from ticketing.catalogue import capacity
from ticketing.sales import change_effects, settlement


def takes_without_counting(session, slots, wants, now):
    """Takes places without a look at how many are left."""


def sells_what_lapsed(session, slots, claims, check, now):
    """Sells what had lapsed as if it still were held."""


def gives_nothing_back(session, holder, gives):
    """Leaves the places of tickets that end with whoever had them."""


def keeps_late_money(session, payment, reason, *, actor, now):
    """Keeps what came too late or twice."""
    return settlement.Outcome.ALREADY


def leaves_old_codes_valid(session, ticket_ids, now):
    """Lets old codes in beside the new ones."""


TWINS = [
    (capacity, "_win", takes_without_counting),
    (capacity, "_obstacle", sells_what_lapsed),
    (capacity, "give_back_some", gives_nothing_back),
    (settlement, "_give_back", keeps_late_money),
    (change_effects, "_void_tickets", leaves_old_codes_valid),
]


def is_found_out(open_world, lives: int, steps: int) -> bool:
    """Tell whether something did not add up in so many lives."""
    try:
        live(Lives, open_world, lives, steps=steps, phases=(Phase.generate,))
    except AssertionError:
        return True
    return False


def test_a_house_without_its_guards_is_found_out_at_once(open_world, monkeypatch):
    for room, guard, sibling in TWINS:
        monkeypatch.setattr(room, guard, sibling)

    assert is_found_out(open_world, lives=20, steps=15)


if LONG_STEPS:  # one guard alone is missed only after many steps

    @pytest.mark.parametrize(("place", "guard", "sibling"), TWINS, ids=[sibling.__name__ for _, _, sibling in TWINS])
    def test_each_guard_alone_is_missed(open_world, monkeypatch, place, guard, sibling):
        monkeypatch.setattr(place, guard, sibling)

        assert is_found_out(open_world, lives=100, steps=STEPS)
