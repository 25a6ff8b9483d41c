"""What a bundle and a code take off, in figures one can check by hand."""

import pytest

from ticketing.foundation.money import Money
from ticketing.sales import basket
from ticketing.sales.basket import PricedLine
from ticketing.sales.discounts import Amount, Bundle, BundlePart, CodeDiscount, FixedPrice, Percent, Places

ADULT, CHILD, TODDLER = 1, 2, 3
CENTS = {ADULT: 1950, CHILD: 1450, TODDLER: 0}
FAMILY = Bundle(7, 1, (BundlePart(ADULT, 2, 2), BundlePart(CHILD, 2, 3)), FixedPrice(6200))


def quoted(bundles=(), code=None, slot_id=1, **quantities: int) -> basket.Quote:
    types = {"adult": ADULT, "child": CHILD, "toddler": TODDLER}
    lines = [
        PricedLine(slot_id, types[name], quantity, Money(CENTS[types[name]]), "culture", 600)
        for name, quantity in quantities.items()
    ]
    return basket.quote(lines, bundles, code)


@pytest.mark.parametrize(
    ("adult", "child", "total"),
    [
        (2, 2, 6200),
        (2, 3, 6200),
        (2, 4, 6200 + 1450),  # one child is beyond it
        (4, 5, 2 * 6200),  # two families; the second has two children
        (3, 2, 6200 + 1950),
        (2, 1, 3900 + 1450),  # no family
        (1, 9, 1950 + 9 * 1450),
    ],
)
def test_a_family_pays_one_price_as_often_as_it_is_there(adult, child, total):
    assert quoted([FAMILY], adult=adult, child=child).total == Money(total)


def test_of_several_bundles_the_one_that_saves_most_counts_and_none_that_costs_more():
    smaller = Bundle(8, 1, (BundlePart(CHILD, 3, 3),), Percent(10))
    dearer = Bundle(9, 1, (BundlePart(ADULT, 1, 1), BundlePart(CHILD, 1, 1)), FixedPrice(9_000))

    quote = quoted([dearer, smaller, FAMILY], adult=2, child=3)

    assert quote.total == Money(6200)
    assert {line.bundle_id for line in quote.lines} == {7}


def test_a_bundle_is_for_its_own_slot():
    assert quoted([FAMILY], slot_id=2, adult=2, child=2).discount == Money(0)


def test_a_code_counts_on_what_the_bundle_has_left():
    quote = quoted([FAMILY], CodeDiscount(Percent(25)), adult=2, child=2)

    assert quote.total == Money(4650)
    assert [line.bundle.cents for line in quote.lines] == [344, 256]  # 600 shared by price


@pytest.mark.parametrize(
    ("reduction", "total", "uses"),
    [
        (Places(1), 1950 + 1450, 1),  # the dearest
        (Places(1, frozenset({CHILD})), 3900, 1),
        (Places(5), 0, 3),  # the toddler is free anyway and takes none
        (Places(2, frozenset({TODDLER})), 5350, 0),
        (Amount(1000), 4350, 1),
        (Amount(9000), 0, 1),
        (Amount(5310), 0, 1),  # nobody can pay the 40 cents left
        (Percent(100), 0, 1),
    ],
)
def test_what_each_kind_of_code_takes_off_and_uses(reduction, total, uses):
    quote = quoted((), CodeDiscount(reduction), adult=2, child=1, toddler=1)

    assert (quote.total.cents, quote.code_uses) == (total, uses)


def test_a_code_takes_nothing_off_what_it_is_not_for():
    assert quoted((), CodeDiscount(Percent(50), frozenset({2})), adult=1).discount == Money(0)
