"""Each invariant fires on a ledger broken in its own way; what the database refuses outright need not be planted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests import make
from ticketing.foundation.actors import VISITOR
from ticketing.operations import invariants
from ticketing.sales import settlement

ORDER = "(SELECT id FROM orders ORDER BY id LIMIT 1)"
PAYMENT = "(SELECT id FROM payments ORDER BY id LIMIT 1)"
TICKET = "(SELECT id FROM tickets ORDER BY id LIMIT 1)"
REFUND = (
    "INSERT INTO refunds (payment_id, key, state, amount_cents, currency, reason, requested_at) "
    "SELECT id, 'planted', 'succeeded', {cents}, 'EUR', 'planted', created_at FROM payments LIMIT 1"
)
# The id of the invariant, and the statements that break it in a ledger with one confirmed order of two adults.
FAULTS = {
    "I01": ["UPDATE slots SET capacity = 1"],
    "I02": ["UPDATE allocations SET admissions = 1"],
    "I03": [f"DELETE FROM tickets WHERE id = {TICKET}"],
    "I04": ["UPDATE orders SET state = 'cancelled'"],
    "I06": ["UPDATE payments SET amount_cents = amount_cents - 1"],
    "I07": [REFUND.format(cents=999_999)],
    "I08": ["UPDATE orders SET state = 'expired'"],
    "I10": ["UPDATE orders SET state = 'expired'"],
    "I11": ["UPDATE orders SET total_cents = total_cents + 1"],
    "I12": ["UPDATE order_lines SET vat_cents = vat_cents + 1"],
    "I16": [f"UPDATE tickets SET admitted = 1 WHERE id = {TICKET}"],
    "I23": ["DELETE FROM jobs"],
    "I25": [
        "INSERT INTO audit_entries (code, subject, subject_id, actor_kind, actor_name, happened_at, details) "
        f"SELECT 'order.expired', 'orders', {ORDER}, 'system', 'planted', :now, '{{}}'"
    ],
    "I28": [
        "INSERT INTO closures (starts_at, ends_at, reasons, state, closed_by, created_at) "
        "SELECT starts_at, ends_at, '{}', 'in_force', 'planted', :an_hour_ago FROM slots LIMIT 1"
    ],
    "I29": [
        "INSERT INTO promotion_codes (code, percent, valid_from, valid_until, max_orders) "
        "VALUES ('PLANTED', 10, '2026-01-01', NULL, 0)",
        "UPDATE orders SET promotion_code_id = (SELECT id FROM promotion_codes LIMIT 1)",
    ],
    "I32": ["UPDATE orders SET confirmed_at = :an_hour_ago"],
}


@pytest.fixture
def ledger(database, now):
    with database.transaction() as session:
        make.confirmed_order(session, make.priced_slot(session), now)
    return database


def broken(ledger, now) -> set[str]:
    with ledger.reading() as session:
        return {violation.id for violation in invariants.violations(session, now=now)}


def test_a_sound_ledger_violates_nothing(ledger, now) -> None:
    assert broken(ledger, now) == set()


@pytest.mark.parametrize("invariant", FAULTS)
def test_the_invariant_sees_its_fault(ledger, now, invariant: str) -> None:
    values = {"now": now, "an_hour_ago": now - timedelta(hours=1)}
    with ledger.transaction() as session:
        for statement in FAULTS[invariant]:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            bound = text(statement).bindparams(
                *(invariants.bindparam(name, type_=invariants.UTCDateTime()) for name in used)
            )
            session.execute(bound, used)

    assert invariant in broken(ledger, now + timedelta(minutes=20))


def test_an_unpaid_order_that_outlives_its_hold_is_seen(database, now) -> None:
    with database.transaction() as session:
        make.order(session, make.priced_slot(session), now)

    assert broken(database, now + timedelta(minutes=10)) == set()
    assert broken(database, now + timedelta(minutes=31)) == {"I21"}


def test_an_order_that_was_cancelled_and_paid_twice_is_seen(database, now) -> None:
    with database.transaction() as session:
        order = make.confirmed_order(session, make.priced_slot(session), now)
        session.execute(
            text(
                "INSERT INTO payments (order_id, attempt, key, provider, state, amount_cents, currency, created_at) "
                "SELECT order_id, 2, 'planted', 'cash', 'succeeded', amount_cents, currency, created_at FROM payments"
            )
        )
        assert order.id

    assert {"I05", "I06"} <= broken(database, now)


def test_every_invariant_has_its_place_in_the_handbook() -> None:
    known = {each.id for each in invariants.INVARIANTS} | {"I12", "I25", "I26"}

    assert len(known) == invariants.count()
    assert set(FAULTS) <= known


def test_paying_in_cash_is_sound(database, now) -> None:
    with database.transaction() as session:
        order = make.order(session, make.priced_slot(session), now)
        settlement.pay_cash(session, order, actor=VISITOR, now=now)

    assert broken(database, now) == set()
