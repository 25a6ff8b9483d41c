"""What a basket costs."""

import pytest

from ticketing.foundation.money import Money
from ticketing.sales import basket
from ticketing.sales.basket import PricedLine
from ticketing.sales.discounts import CodeDiscount, Percent


def line(quantity: int, cents: int, vat_bp: int | None = 600, ticket_type_id: int = 1) -> PricedLine:
    vat_class = "exempt" if vat_bp is None else f"at {vat_bp}"
    return PricedLine(1, ticket_type_id, quantity, Money(cents), vat_class, vat_bp)


def test_a_total_is_the_sum_of_its_lines():
    quote = basket.quote([line(2, 1950), line(3, 1450, ticket_type_id=2)])

    assert quote.total == Money(8250)
    assert [each.total.cents for each in quote.lines] == [3900, 4350]


def test_vat_is_computed_once_per_rate_and_shared_without_losing_a_cent():
    quote = basket.quote([line(1, 333), line(1, 333, ticket_type_id=2), line(1, 334, ticket_type_id=3)])

    (share,) = quote.vat
    assert share.vat == Money(57)  # 10.00 × 6 / 106 = 0.566
    assert sum(each.vat.cents for each in quote.lines) == 57


def test_exempt_is_a_class_of_its_own_and_not_a_rate_of_zero():
    quote = basket.quote([line(1, 1000, None), line(1, 1000, 0, ticket_type_id=2)])

    assert [(share.vat_class, share.rate_bp) for share in quote.vat] == [("exempt", None), ("at 0", 0)]


@pytest.mark.parametrize(("percent", "total"), [(25, 2137), (50, 1425), (100, 0)], ids=["a quarter", "half", "all"])
def test_a_percentage_comes_off_the_whole_and_is_rounded_half_up(percent, total):
    quote = basket.quote([line(1, 1900), line(1, 950, ticket_type_id=2)], code=CodeDiscount(Percent(percent)))

    assert quote.total == Money(total)
    assert quote.discount.cents == 2850 - total
    assert sum(each.discount.cents for each in quote.lines) == 2850 - total


def test_a_basket_of_free_tickets_has_neither_price_nor_vat():
    quote = basket.quote([line(2, 0)], code=CodeDiscount(Percent(25)))

    assert quote.total == Money(0)
    assert [share.vat.cents for share in quote.vat] == [0]


@pytest.mark.parametrize(
    ("quantities", "refusal"),
    [
        ({}, basket.NothingChosen),
        ({"adult": 0}, basket.NothingChosen),
        ({"adult": 21}, basket.QuantityTooHigh),
        ({"pirate": 1}, basket.UnknownTicketType),
        ({"adult": -1}, basket.InvalidInput),
        ({"adult": 20, "child": 20, "student": 20, "senior": 1}, basket.QuantityTooHigh),
    ],
    ids=["nothing", "none of them", "too many of one", "unknown", "below zero", "too many in all"],
)
def test_quantities_that_cannot_be_are_refused_with_the_field_they_are_in(quantities, refusal):
    most = dict.fromkeys(("adult", "child", "student", "senior"), 20)

    with pytest.raises(refusal) as refused:
        basket.checked_quantities(quantities, most)

    assert refused.value.details["field"].startswith("quantity")


def test_zeros_are_left_out():
    assert basket.checked_quantities({"adult": 2, "child": 0}, {"adult": 20, "child": 20}) == {"adult": 2}
