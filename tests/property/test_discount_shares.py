"""What comes off a basket is exact, fair and the same every time, whatever is chosen and whatever is on offer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.foundation.money import Money
from ticketing.sales import basket
from ticketing.sales.basket import PricedLine
from ticketing.sales.change_amounts import SoldLine, split_off
from ticketing.sales.discounts import (
    LEAST_PAYABLE_CENTS,
    Amount,
    Bundle,
    BundlePart,
    CodeDiscount,
    FixedPrice,
    Percent,
    Places,
)

RATES = (None, 600, 2100)
SLOTS, TYPES = (1, 2), (1, 2, 3)

chosen = st.dictionaries(
    st.tuples(st.sampled_from(SLOTS), st.sampled_from(TYPES)),
    st.tuples(st.integers(1, 9), st.integers(0, 4_000), st.sampled_from(RATES)),
    min_size=1,
)
parts = st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True).flatmap(
    lambda types: st.tuples(
        *(st.tuples(st.just(kind), st.integers(1, 3), st.integers(0, 2)).map(_part) for kind in types)
    )
)
bundles = st.lists(
    st.builds(
        Bundle,
        st.integers(1, 3),
        st.sampled_from(SLOTS),
        parts,
        st.one_of(st.builds(FixedPrice, st.integers(0, 9_000)), st.builds(Percent, st.integers(1, 90))),
    ),
    max_size=3,
    unique_by=lambda bundle: bundle.bundle_id,
)
codes = st.builds(
    CodeDiscount,
    st.one_of(
        st.builds(Percent, st.integers(1, 100)),
        st.builds(Amount, st.integers(1, 20_000)),
        st.builds(Places, st.integers(1, 6), st.sets(st.sampled_from(TYPES)).map(frozenset)),
    ),
    st.one_of(st.none(), st.sets(st.sampled_from(SLOTS)).map(frozenset)),
)


def _part(numbers: tuple[int, int, int]) -> BundlePart:
    kind, least, more = numbers
    return BundlePart(kind, least, least + more)


def priced(chosen) -> list[PricedLine]:
    return [
        PricedLine(slot, kind, quantity, Money(cents), str(rate), rate)
        for (slot, kind), (quantity, cents, rate) in chosen.items()
    ]


@given(chosen, bundles, st.one_of(st.none(), codes))
@settings(max_examples=150)
def test_every_cent_that_comes_off_is_in_a_line_and_in_a_rate(chosen, bundles, code):
    lines = priced(chosen)

    quote = basket.quote(lines, bundles, code)

    full = sum(line.quantity * line.unit.cents for line in lines)
    assert quote.total.cents + quote.discount.cents == full
    assert sum(line.discount.cents for line in quote.lines) == quote.discount.cents
    assert sum(share.gross.cents for share in quote.vat) == quote.total.cents
    assert sum(line.vat.cents for line in quote.lines) == sum(share.vat.cents for share in quote.vat)
    for line in quote.lines:
        assert line.total.cents >= 0
        assert 0 <= line.bundle.cents <= line.discount.cents
        assert bool(line.bundle.cents) <= (line.bundle_id is not None)
    assert quote == basket.quote(lines, list(reversed(bundles)), code)


@given(chosen, bundles, codes)
@settings(max_examples=150)
def test_nobody_pays_more_with_both_than_with_either_and_nothing_is_left_that_cannot_be_paid(chosen, bundles, code):
    lines = priced(chosen)

    both = basket.quote(lines, bundles, code).total.cents

    assert both <= basket.quote(lines, bundles).total.cents <= basket.quote(lines).total.cents
    alone = basket.quote(lines, code=code)
    assert both <= alone.total.cents or both < LEAST_PAYABLE_CENTS
    if alone.code_uses:
        assert alone.total.cents == 0 or alone.total.cents >= LEAST_PAYABLE_CENTS
    if isinstance(code.reduction, Places):
        assert alone.code_uses <= code.reduction.places


@given(st.integers(1, 12), st.integers(0, 3_000), st.data())
@settings(max_examples=100)
def test_a_part_of_a_discounted_line_and_the_rest_are_the_line(quantity, unit, data):
    full = quantity * unit
    discount = data.draw(st.integers(0, full))
    bundle = data.draw(st.integers(0, discount))
    line = SoldLine(1, 1, 1, quantity, unit, discount, full - discount, "culture", 600, 0, bundle, 1)

    part = split_off(line, data.draw(st.integers(1, quantity)))

    rest_quantity, rest_discount = quantity - part.quantity, discount - part.discount_cents
    rest_bundle = bundle - part.bundle_cents
    assert 0 <= part.bundle_cents <= part.discount_cents <= part.quantity * unit
    assert 0 <= rest_bundle <= rest_discount <= rest_quantity * unit
