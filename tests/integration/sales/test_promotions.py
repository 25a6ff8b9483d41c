"""A use of a code belongs to an order as long as the order does, and to nobody twice."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests import make
from ticketing.catalogue.models import TicketType
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import PEOPLE_ALPHABET
from ticketing.foundation.money import Money
from ticketing.operations import invariants
from ticketing.payments.provider import Checkout, CheckoutState
from ticketing.sales import change_rules, changes, holds, orders, promotion_editing, promotions, settlement
from ticketing.sales.changes import Wish
from ticketing.sales.discount_models import PromotionCode
from ticketing.sales.discounts import Amount, Percent, Places
from ticketing.sales.models import ChangeKind, Order, OrderState
from ticketing.sales.orders import Customer
from ticketing.sales.promotion_editing import PromotionTerms

MANAGER = system("manager")


@pytest.fixture
def slot(session):
    return make.priced_slot(session, capacity=40)


@pytest.fixture(autouse=True)
def _sound(session, now):
    yield
    session.flush()
    broken = invariants.violations(session, now=now)
    assert broken == []


def order(session, slot, now, code: str, email: str = "an.peeters@example.org", **quantities: int) -> Order:
    hold = make.hold(session, slot, now, **quantities)
    holds.apply_promotion(session, hold, code, now=now)
    hold = holds.get_hold(session, hold.secret)
    return orders.place(session, hold, Customer(email, None, "nl"), actor=VISITOR, now=now)


def expire(session, order, now):
    assert settlement.expire_if_lapsed(session, order.id, actor=VISITOR, now=now + timedelta(hours=1))


def uses_left(session, slot, now, code: str) -> bool:
    hold = make.hold(session, slot, now, adult=1)
    try:
        holds.apply_promotion(session, hold, code, now=now)
    except promotions.PromotionUsedUp:
        return False
    return True


def test_five_free_places_are_spent_ticket_by_ticket_over_several_orders(session, slot, now):
    make.promotion(session, "VIJF", now, Places(5), max_uses=5)

    first = order(session, slot, now, "vijf", adult=2, child=1)
    second = order(session, slot, now, " VI JF ", adult=3)

    assert (first.total_cents, second.total_cents) == (0, make.ADULT_CENTS)
    assert not uses_left(session, slot, now, "VIJF")


def test_the_use_of_an_order_that_expired_is_for_others(session, slot, now):
    make.promotion(session, "ONE", now, max_uses=1)
    first = order(session, slot, now, "ONE")
    assert not uses_left(session, slot, now, "ONE")

    expire(session, first, now)

    assert uses_left(session, slot, now, "ONE")


def test_an_order_cancelled_whole_gives_its_use_back_and_in_part_does_not(session, slot, now):
    make.promotion(session, "ONE", now, max_uses=1)
    bought = order(session, slot, now, "ONE")
    settlement.pay_cash(session, bought, actor=VISITOR, now=now)
    tickets = orders.find_tickets(session, bought)

    def cancel(ticket) -> None:
        wish = Wish(ChangeKind.CANCEL, (ticket.id,))
        key = f"key {ticket.id}"
        changes.carry_out(session, bought.id, wish, change_rules.StaffRules(), key, actor=MANAGER, now=now)

    cancel(tickets[0])
    assert not uses_left(session, slot, now, "ONE")
    cancel(tickets[1])

    assert bought.state is OrderState.CANCELLED
    assert uses_left(session, slot, now, "ONE")


def test_who_pays_late_keeps_the_price_though_the_use_is_somebody_elses(session, slot, now):
    """The use of the second is the code's last; that of the first stands beyond the limit, and the ledger knows why."""
    make.promotion(session, "ONE", now, max_uses=1)
    late = order(session, slot, now, "ONE")
    payment = settlement.prepare_payment(session, late.id, provider="sandbox", actor=VISITOR, now=now)
    settlement.end_attempt(session, payment.id, actor=VISITOR, now=now)
    expire(session, late, now)
    other = order(session, slot, now, "ONE", email="other@example.org")
    settlement.pay_cash(session, other, actor=VISITOR, now=now)

    paid = Checkout(
        ref="late",
        reference=payment.key,
        state=CheckoutState.COMPLETE,
        is_paid=True,
        amount=Money(late.total_cents),
        url=None,
        intent_ref="intent",
        expires_at=now,
    )
    outcome = settlement.settle_checkout(session, paid, actor=VISITOR, now=now)

    assert outcome is settlement.Outcome.CONFIRMED
    assert late.total_cents == 2 * make.ADULT_CENTS * 75 // 100
    assert promotions.find_redemption(session, late.id).is_beyond_limit
    assert not promotions.find_redemption(session, other.id).is_beyond_limit


def test_a_customer_is_the_same_in_capitals_and_over_all_codes_of_a_promotion(session, slot, now):
    terms = PromotionTerms("Mailing", Percent(10), max_uses=1, max_uses_per_customer=1)
    promotion_editing.make_promotion(session, terms, ["MAIL-A", "MAIL-B"], "key", actor=MANAGER, now=now)
    order(session, slot, now, "MAIL-A", email="An.Peeters@example.org")

    with pytest.raises(promotions.PromotionUsedByYou):
        order(session, slot, now, "MAIL-B", email="an.peeters@EXAMPLE.org")

    assert order(session, slot, now, "MAIL-B", email="other@example.org").total_cents == 3510


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"valid_from": date(2026, 11, 25)}, promotions.PromotionElsewhere),
        ({"valid_until": date(2026, 11, 23)}, promotions.PromotionElsewhere),
        ({"sold_from": make.NOON}, promotions.PromotionOver),
        ({"sold_until": make.NOON - timedelta(days=1)}, promotions.PromotionOver),
    ],
    ids=["visit too early", "visit too late", "sale to come", "sale over"],
)
def test_a_code_says_why_it_does_not_count(session, slot, now, terms, refusal):
    make.promotion(session, "BOUND", now, **terms)

    with pytest.raises(refusal):
        order(session, slot, now, "BOUND", adult=1)


def test_a_code_for_one_experience_or_ticket_takes_nothing_off_another(session, slot, now):
    show = make.priced_slot(session, slug="show")
    make.promotion(session, "SHOW", now, experience_ids=frozenset({show.experience_id}))
    child = session.scalars(select(TicketType.id).where(TicketType.slug == "child")).one()
    make.promotion(session, "CHILD", now, Places(1, frozenset({child})))

    assert order(session, show, now, "SHOW", adult=1).total_cents == 1462
    for code in ("SHOW", "CHILD"):
        with pytest.raises(promotions.PromotionElsewhere):
            order(session, slot, now, code, adult=1)


def test_a_price_other_than_the_one_shown_is_not_charged(session, slot, now):
    make.promotion(session, "ONE", now)
    hold = make.hold(session, slot, now)
    holds.apply_promotion(session, hold, "ONE", now=now)
    shown = make.quote(session, hold, now).total.cents

    with pytest.raises(orders.PriceChanged):
        orders.place(
            session, holds.get_hold(session, hold.secret), Customer("a@example.org", None, "nl"),
            shown_cents=shown + 1, actor=VISITOR, now=now,
        )  # fmt: skip


def test_a_batch_is_made_once_and_each_code_works_once(session, slot, now):
    terms = PromotionTerms("Zomer", Amount(500), max_uses=1)
    codes = promotion_editing.batch_of(" zomer", 200)

    made = [promotion_editing.make_promotion(session, terms, codes, "key", actor=MANAGER, now=now).id for _ in range(2)]

    kept = session.scalars(select(PromotionCode.code).where(PromotionCode.promotion_id == made[0])).all()
    assert made[0] == made[1]
    assert sorted(kept) == sorted(codes)
    assert len(set(codes)) == 200
    assert set("".join(code.removeprefix("ZOMER-") for code in codes)) <= set(PEOPLE_ALPHABET)
    assert order(session, slot, now, codes[7].lower(), adult=1).total_cents == make.ADULT_CENTS - 500


def test_what_a_used_promotion_takes_off_stays_and_its_dates_may_change(session, slot, now):
    promotion = make.promotion(session, "ONE", now, max_uses=2)
    order(session, slot, now, "ONE")
    order(session, slot, now, "ONE")

    def change(**terms) -> None:
        wanted = PromotionTerms("ONE", terms.pop("reduction", Percent(25)), **terms)
        promotion_editing.change_promotion(session, promotion.id, wanted, actor=MANAGER, now=now)

    change(max_uses=3, valid_until=date(2026, 12, 24))
    assert uses_left(session, slot, now, "ONE")
    for wrong in ({"reduction": Percent(50)}, {"max_uses": 1}, {"experience_ids": frozenset({slot.experience_id})}):
        with pytest.raises(promotion_editing.PromotionInvalid):
            change(**wrong)
    promotion_editing.end_promotion(session, promotion.id, actor=MANAGER, now=now)
    with pytest.raises(promotions.PromotionOver):
        order(session, slot, now, "ONE")


def test_what_the_house_gives_away_spends_no_use(session, slot, now):
    make.promotion(session, "ONE", now, max_uses=1)
    hold = make.hold(session, slot, now)
    holds.apply_promotion(session, hold, "ONE", now=now)

    hold = holds.get_hold(session, hold.secret)
    given = orders.place_free_of_charge(session, hold, Customer("a@example.org", None, "nl"), actor=VISITOR, now=now)

    assert given.total_cents == 0
    assert uses_left(session, slot, now, "ONE")
