"""Money adds up, whatever the amounts."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from ticketing.foundation.money import Money, split, vat_within
from ticketing.sales import basket
from ticketing.sales.basket import PricedLine
from ticketing.sales.discounts import CodeDiscount, Percent

RATES = st.sampled_from([None, 0, 600, 1200, 2100])


@given(st.integers(-500_000, 500_000), st.sampled_from([0, 550, 600, 900, 1200, 2100]))
def test_vat_in_integers_is_vat_in_decimals_rounded_half_up(gross, rate):
    exact = Decimal(gross) * rate / (10_000 + rate)

    assert vat_within(gross, rate) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(st.integers(-100_000, 100_000), st.lists(st.integers(0, 500), min_size=1, max_size=40).filter(any))
def test_parts_always_add_up_to_the_whole_and_nothing_falls_to_nobody(total, weights):
    parts = split(total, weights)

    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 9_999), RATES), min_size=1, max_size=8),
    st.integers(0, 100),
)
def test_every_cent_of_a_quote_is_in_a_line_and_in_a_rate(chosen, percent):
    lines = [
        PricedLine(1, place, quantity, Money(cents), str(rate), rate)
        for place, (quantity, cents, rate) in enumerate(chosen)
    ]

    quote = basket.quote(lines, code=CodeDiscount(Percent(percent)))

    full = sum(quantity * cents for quantity, cents, _ in chosen)
    assert quote.total.cents + quote.discount.cents == full
    assert sum(line.total.cents for line in quote.lines) == quote.total.cents
    assert sum(share.gross.cents for share in quote.vat) == quote.total.cents
    assert sum(line.vat.cents for line in quote.lines) == sum(share.vat.cents for share in quote.vat)
    assert all(line.total.cents >= 0 for line in quote.lines)
