"""The bonus on a gift card: half up to the cent, and the same in parts as in the whole."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ticketing.catalogue.models import Closure
from ticketing.foundation.money import Money, split
from ticketing.sales import closure_credits
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.models import Channel, Order

CENTS = st.integers(0, 500_000)


@given(CENTS, CENTS, st.integers(0, 100))
def test_the_bonus_is_half_up_to_the_cent_and_its_shares_add_up(by_card, otherwise, percent):
    value = by_card + otherwise
    bonus = closure_credits.bonus_of(value, percent)

    assert Fraction(-1, 2) < bonus - Fraction(value * percent, 100) <= Fraction(1, 2)
    assert 0 <= bonus <= value
    if value:
        shares = split(bonus, [by_card, otherwise])
        assert sum(shares) == bonus
        assert 0 <= shares[0] <= by_card


def test_nothing_is_offered_for_nothing():
    def offered(cents: int, percent: int | None):
        case = ClosureCase(closure=Closure(bonus_percent=percent), order=Order(channel=Channel.ONLINE))
        return closure_credits.offer(case, Money(cents))

    assert offered(0, 10) is None
    assert offered(500, None) is None
    assert offered(25, 10).total == Money(28)
