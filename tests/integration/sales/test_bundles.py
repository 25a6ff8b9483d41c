"""A family pays less by itself, keeps that through every change, and no companion is ever left alone."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text

from tests import make
from ticketing.catalogue.models import Companionship
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants
from ticketing.sales import bundles, change_rules, changes, company, holds, orders, overview
from ticketing.sales.bundles import BundleInvalid, BundleTerms
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind, Order, OrderLine

MANAGER = system("manager")
FAMILY_CENTS = 6200


@pytest.fixture
def slot(session):
    return make.priced_slot(session, capacity=40)


@pytest.fixture
def types(session, slot) -> dict[str, int]:
    return {kind.slug: kind.id for kind in session.scalars(select(make.TicketType))}


@pytest.fixture
def terms(slot, types) -> BundleTerms:
    parts = ((types["adult"], 2, 2), (types["child"], 2, 3))
    names = dict.fromkeys(LANGUAGES, "Family")
    return BundleTerms(names, slot.experience_id, parts, FAMILY_CENTS, None, date(2026, 11, 1), None)


@pytest.fixture
def family(session, terms, now):
    return bundles.make_bundle(session, terms, "key", actor=MANAGER, now=now)


@pytest.fixture(autouse=True)
def _sound(session, now):
    yield
    session.flush()
    assert invariants.violations(session, now=now) == []


def change(session, order: Order, kind: ChangeKind, now, **more):
    wish = Wish(kind, **more)
    return changes.carry_out(
        session, order.id, wish, change_rules.StaffRules(), f"key {kind} {more}"[:64], actor=MANAGER, now=now
    )


def tickets_of(session, order: Order, *type_ids: int) -> tuple[int, ...]:
    return tuple(each.id for each in orders.find_tickets(session, order) if each.ticket_type_id in type_ids)


def view_of(session, order: Order, zone):
    whole = session.scalars(
        select(Order)
        .where(Order.id == order.id)
        .options(*orders.whole_order())
        .execution_options(populate_existing=True)
    ).one()
    return overview.overview_of(session, whole, zone=zone)


def test_a_family_pays_its_price_and_reads_why_beside_the_code(session, slot, family, now, zone):
    make.promotion(session, "SCIENCE25", now)
    hold = make.hold(session, slot, now, adult=2, child=3)
    holds.apply_promotion(session, hold, "SCIENCE25", now=now)
    hold = holds.get_hold(session, hold.secret)
    order = orders.place(session, hold, orders.Customer("a@example.org", None, "nl"), actor=VISITOR, now=now)

    view = view_of(session, order, zone)

    assert order.total_cents == 4650
    family_off, code_off = view.discounts
    assert (family_off.names["en"], family_off.amount.cents) == ("Family", 8250 - FAMILY_CENTS)
    assert (code_off.code, code_off.amount.cents) == ("SCIENCE25", 1550)
    assert sum(share.gross.cents for share in view.vat) == 4650


def test_a_family_keeps_its_price_when_it_moves_and_pays_back_its_share_when_one_stays_home(
    session, slot, family, types, now
):
    order = make.confirmed_order(session, slot, now, adult=2, child=2)
    later = make.priced_slot(session, capacity=40, starts_at=make.NOON + make.timedelta(hours=1))

    change(session, order, ChangeKind.MOVE, now, ticket_ids=tickets_of(session, order, *types.values()),
           slot_uuid=later.uuid)  # fmt: skip
    assert order.total_cents == FAMILY_CENTS
    (child, _) = tickets_of(session, order, types["child"])
    done = change(session, order, ChangeKind.CANCEL, now, ticket_ids=(child,))

    standing = select(OrderLine.bundle_cents).where(OrderLine.order_id == order.id, OrderLine.ended_at.is_(None))
    assert done.difference_cents == -(1450 - 128)  # of 600 off, the two children have 256
    assert sum(session.scalars(standing)) == 600 - 128
    assert order.total_cents == FAMILY_CENTS - (1450 - 128)


def test_tickets_that_are_added_are_one_more_purchase_with_its_own_bundle_and_without_the_code(
    session, slot, family, now
):
    order = make.confirmed_order(session, slot, now, adult=1)

    added = change(session, order, ChangeKind.ADD, now, slot_uuid=slot.uuid, quantities={"adult": 2, "child": 2})

    assert added.difference_cents == FAMILY_CENTS
    changes.complete(session, added, actor=MANAGER, now=now)
    payment = "INSERT INTO payments (order_id, change_id, attempt, key, provider, state, amount_cents, currency, " \
              "created_at, succeeded_at) SELECT order_id, id, 2, 'k', 'cash', 'succeeded', difference_cents, 'EUR', " \
              "created_at, created_at FROM order_changes"  # fmt: skip
    session.execute(text(payment))
    assert order.total_cents == make.ADULT_CENTS + FAMILY_CENTS


def test_a_bundle_that_saves_nothing_or_is_not_sold_is_refused(session, terms, types, now):
    toddler = make.TicketType(uuid="t", slug="toddler", names={}, hints={})
    session.add(toddler)
    session.flush()
    wrong = [
        replace(terms, price_cents=8250),
        replace(terms, percent=10),
        replace(terms, parts=((types["adult"], 2, 1),)),
        replace(terms, parts=((toddler.id, 2, 3),)),
        replace(terms, names={"nl": "Gezin"}),
    ]

    for each in wrong:
        with pytest.raises(BundleInvalid):
            bundles.make_bundle(session, each, "other key", actor=MANAGER, now=now)


@pytest.fixture
def carer(session, types) -> int:
    session.add(Companionship(companion_id=types["companion"], accompanied_id=types["adult"]))
    session.flush()
    return types["companion"]


@pytest.mark.parametrize("wanted", [{"companion": 1}, {"adult": 1, "companion": 2}, {"child": 2, "companion": 1}])
def test_a_companion_needs_a_visitor_of_its_own(session, slot, carer, now, wanted):
    with pytest.raises(company.CompanionAlone) as refused:
        make.hold(session, slot, now, **wanted)

    assert refused.value.details["field"] == "quantity-companion"


def test_a_visitor_does_not_leave_the_companion_behind(session, slot, carer, types, now):
    order = make.confirmed_order(session, slot, now, adult=2, companion=1)
    adults = tickets_of(session, order, types["adult"])
    elsewhere = make.priced_slot(session, starts_at=make.NOON + make.timedelta(hours=1)).uuid

    change(session, order, ChangeKind.CANCEL, now, ticket_ids=adults[:1])
    for kind, more in ((ChangeKind.CANCEL, {}), (ChangeKind.MOVE, {"slot_uuid": elsewhere})):
        with pytest.raises(company.CompanionLeftAlone):
            change(session, order, kind, now, ticket_ids=adults[1:], **more)
    with pytest.raises(company.CompanionAlone):
        change(session, order, ChangeKind.ADD, now, slot_uuid=slot.uuid, quantities={"companion": 1})

    both = tickets_of(session, order, types["adult"], carer)
    change(session, order, ChangeKind.MOVE, now, ticket_ids=both, slot_uuid=elsewhere)
    assert {ticket.slot_id for ticket in orders.find_tickets(session, order)} != {slot.id}
