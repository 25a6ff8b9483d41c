"""Each invariant fires on a ledger broken in its own way; what the database refuses outright need not be planted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import UniqueConstraint, text

from tests import door_stage, make
from tests.house.source import HOME
from tests.till import Till
from ticketing.catalogue import closures
from ticketing.door import admission
from ticketing.door.admission import ScanRequest
from ticketing.door.verdict import Direction
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants
from ticketing.payments import sandbox_money
from ticketing.sales import open_matters, settlement
from ticketing.tables import metadata

ORDER = "(SELECT id FROM orders ORDER BY id LIMIT 1)"
PAYMENT = "(SELECT id FROM payments ORDER BY id LIMIT 1)"
TICKET = "(SELECT id FROM tickets ORDER BY id LIMIT 1)"
COLUMNS = "payment_id, key, way, covers_cents, covered_cents, state, amount_cents, currency, reason, requested_at"
REFUND = (
    f"INSERT INTO refunds ({COLUMNS}) SELECT id, 'planted', 'provider', 0, 0, 'succeeded', {{cents}}, 'EUR', "
    "'planted', created_at FROM payments LIMIT 1"
)
FOREIGN_REFUND = (
    f"INSERT INTO refunds ({COLUMNS}) SELECT id, 'planted', 'provider', 0, 0, 'succeeded', 100, 'USD', 'planted', "
    "created_at FROM payments"
)
# The id of the invariant, and the statements that break it in a ledger with one confirmed order of two adults.
CHANGE = (
    "INSERT INTO order_changes (uuid, request_key, order_id, kind, state, ticket_ids, additions, "
    "given_before_cents, fee_cents, fee_vat_cents, difference_cents, currency, reason, created_at, expires_at) "
    "SELECT 'planted', 'planted', id, 'move', '{state}', '[]', '[]', 0, 0, 0, {cents}, 'EUR', '', :an_hour_ago, "
    ":an_hour_ago FROM orders"
)
PROMOTION = [
    "INSERT INTO promotions (id, request_key, name, kind, percent, currency, max_uses, created_at, created_by) "
    "VALUES (1, 'planted', 'planted', 'percent', 10, 'EUR', 1, :now, '')",
    "INSERT INTO promotion_codes (id, promotion_id, code) VALUES (1, 1, 'PLANTED')",
]
REDEMPTION = (
    "INSERT INTO promotion_redemptions (order_id, promotion_code_id, uses, customer_digest, taken_at, returned_at, "
    "is_beyond_limit) SELECT id, 1, {uses}, '', placed_at, {returned}, FALSE FROM orders"
)
CLOSURE = (
    "INSERT INTO closures (starts_at, ends_at, cause, reasons, advice, state, closed_by, created_at, undo_until, "
    "default_outcome, answer_days, is_large, late_orders, carried_out_at) SELECT starts_at, ends_at, 'other', '{}', "
    "'{}', 'in_force', 'planted', :an_hour_ago, :now, 'refund', 14, FALSE, 0, :now FROM slots LIMIT 1"
)
CASE = (
    "INSERT INTO closure_cases (uuid, secret, closure_id, order_id, state, openings, opened_at, decide_by, settled_at, "
    "value_cents, open_cents, rebooked_cents, refunded_cents, credited_cents, kept_cents, withdrawn_cents, "
    "bonus_cents, currency) SELECT 'planted', "
    "'planted', (SELECT MIN(id) FROM closures), id, '{state}', 1, {opened_at}, :now, "
    "CASE WHEN '{state}' = 'open' THEN NULL ELSE placed_at END, {cents}, {cents}, 0, 0, 0, 0, 0, 0, 'EUR' FROM orders"
)
CASE_TICKET = "INSERT INTO closure_case_tickets (case_id, ticket_id) SELECT k.id, t.id FROM closure_cases k, tickets t"
FAULTS: dict[str, list[str]] = {
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
    "I28": [  # the order was confirmed after the closure had been written down, and before it was lifted
        CLOSURE,
        "INSERT INTO audit_entries (id, code, subject, subject_id, actor_kind, actor_name, happened_at, details) "
        "SELECT 0, 'closure.began', 'closures', id, 'system', 'planted', :now, '{}' FROM closures",
    ],
    "I65": [CLOSURE],
    "I66": [CLOSURE, CASE.format(state="refunded", cents=0, opened_at=":now"), CASE_TICKET],
    "I67": [CLOSURE, CASE.format(state="open", cents=5, opened_at=":now"), CASE_TICKET],
    "I68": [CLOSURE, CASE.format(state="open", cents=5, opened_at=":now")],
    "I69": [CLOSURE, CASE.format(state="open", cents=5, opened_at=":an_hour_ago")],
    "I70": [
        *[CLOSURE, CASE.format(state="open", cents=5, opened_at=":now")],
        CLOSURE,
        CASE.format(state="open", cents=5, opened_at=":now").replace("'planted'", "'again'").replace("MIN", "MAX"),
        CASE_TICKET,
    ],
    "I29": [
        *PROMOTION,
        REDEMPTION.format(uses=2, returned="NULL"),
    ],
    "I38": [*PROMOTION, REDEMPTION.format(uses=1, returned=":now")],
    "I57": [REFUND.format(cents=100), "UPDATE refunds SET covers_cents = 1"],
    "I58": [
        "INSERT INTO disputes (provider_ref, payment_id, state, reason, is_refundable, amount_cents, currency, "
        "opened_at) SELECT 'du_1', id, 'lost', 'fraudulent', false, amount_cents, 'EUR', created_at FROM payments"
    ],
    "I32": ["UPDATE orders SET confirmed_at = :an_hour_ago"],
    "I35": [f"UPDATE tickets SET state = 'void' WHERE id = {TICKET}"],
    "I36": [CHANGE.format(state="pending", cents=100)],
    "I37": [
        CHANGE.format(state="lapsed", cents=100),
        "INSERT INTO allocations (slot_id, holder, pool, admissions, state) "
        "SELECT id, 'planted', 'public', 1, 'sold' FROM slots LIMIT 1",
    ],
    "I44": ["UPDATE slots SET withdrawn_at = :now"],
    "I45": ["UPDATE orders SET name = NULL"],
    "I40": ["UPDATE holds SET state = 'open', expires_at = (SELECT starts_at FROM slots LIMIT 1)"],
    "I33": [f"UPDATE tickets SET ticket_type_id = (SELECT MAX(id) FROM ticket_types) WHERE id = {TICKET}"],
    "I80": [
        "INSERT INTO tallied_days (basis, local_date, begins_at, ends_at, made_at) "
        "SELECT 'sale', '2026-11-24', '2026-11-23 23:00', '2026-11-24 23:00', :now"
    ],
    "I81": [
        "INSERT INTO tallied_days (basis, local_date, begins_at, ends_at, made_at) "
        "SELECT 'visit', local_date, '2026-11-23 23:00', '2026-11-24 23:00', :now FROM slots"
    ],
}
# Other faults that the same question has to see.
MORE_FAULTS = [
    ("I02", "INSERT INTO allocations (slot_id, holder, pool, admissions, state) "
            "SELECT id, 'nobody', 'public', 1, 'sold' FROM slots"),
    ("I02", "INSERT INTO allocations (slot_id, holder, pool, admissions, state) "
            "SELECT slot_id, holder, pool, 1, state FROM allocations"),
    ("I06", "UPDATE payments SET currency = 'USD'"),
    ("I06", "DELETE FROM payments"),
    ("I06", REFUND.format(cents=100)),
    ("I57", REFUND.format(cents=100).replace("0, 0", "1, 1")),
    ("I06", FOREIGN_REFUND),
    ("I25", "DELETE FROM audit_entries WHERE code = 'order.confirmed'"),
    ("I25", "DELETE FROM audit_entries WHERE code = 'order.placed'"),
    ("I25", "UPDATE orders SET state = 'pending'"),
]  # fmt: skip


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


@pytest.mark.parametrize(("invariant", "statement"), MORE_FAULTS)
def test_the_invariant_looks_both_ways(ledger, now, invariant: str, statement: str) -> None:
    with ledger.transaction() as session:
        session.execute(text(statement))

    assert invariant in broken(ledger, now)


def test_a_ticket_moved_to_a_slot_its_line_does_not_name_is_seen(ledger, now) -> None:
    with ledger.transaction() as session:
        other = make.slot(session)
        session.execute(text(f"UPDATE tickets SET slot_id = {other.id}"))

    assert broken(ledger, now) == {"I33"}


def closing(session, now, **changes):
    request = closures.ClosureRequest(dict.fromkeys(LANGUAGES, "Storm"), now, **changes)
    return closures.close(session, request, actor=system("test"), now=now)


def test_a_sale_that_came_before_a_closure_is_sound_whatever_the_clocks_say(database, now) -> None:
    """The manager's request read its time first and then waited for the buyer's lock."""
    with database.transaction() as session:
        slot = make.priced_slot(session)
        make.confirmed_order(session, slot, now + timedelta(milliseconds=50))
    with database.transaction() as session:
        closing(session, now)

    assert broken(database, now + timedelta(minutes=1)) == set()


def test_a_sale_after_opening_again_is_sound(database, now) -> None:
    with database.transaction() as session:
        slot = make.priced_slot(session)
        closures.lift(session, closing(session, now), actor=system("test"), now=now)
    with database.transaction() as session:
        make.confirmed_order(session, slot, now - timedelta(milliseconds=50))

    assert broken(database, now + timedelta(minutes=1)) == set()


def test_a_sale_after_a_closure_ended_by_itself_is_sound(database, now) -> None:
    with database.transaction() as session:
        slot = make.priced_slot(session)
        closing(session, now, ends_at=make.NOON + timedelta(minutes=10))
    with database.transaction() as session:
        make.confirmed_order(session, slot, make.NOON + timedelta(minutes=11))

    assert broken(database, make.NOON + timedelta(minutes=12)) == set()


@pytest.fixture
def scanned(database):
    """A ticket that came in at noon, by a device."""
    with database.transaction() as session:
        stage = door_stage.build(session)
        request = ScanRequest("noon", stage.code, stage.gate, Direction.IN, door_stage.NOON)
        admission.scan(session, request, stage.device, zone=make.ZONE, now=door_stage.NOON)
    return database


@pytest.mark.parametrize(("invariant", "statement"), [
    ("I17", "UPDATE tickets SET voided_at = :at"), ("I20", "UPDATE devices SET revoked_at = :at"),
])  # fmt: skip
def test_who_came_first_is_not_told_by_clocks_read_before_waiting(scanned, invariant, statement) -> None:
    bound = text(statement).bindparams(invariants.bindparam("at", type_=invariants.UTCDateTime()))
    seen = []
    for before in (timedelta(milliseconds=50), timedelta(seconds=30), timedelta(minutes=2)):
        with scanned.transaction() as session:
            session.execute(bound, {"at": door_stage.NOON - before})
        seen.append(invariant in broken(scanned, door_stage.NOON))

    assert seen == [False, False, True]


@pytest.mark.parametrize(("invariant", "statement"), [
    ("I16", "UPDATE scans SET admissions = 2"), ("I31", "UPDATE scans SET direction = 'out'"),
    ("I60", "UPDATE scans SET ticket_id = NULL"), ("I61", "UPDATE scans SET told_at = scanned_at, admissions = 2"),
])  # fmt: skip
def test_the_doors_invariants_see_their_faults(scanned, invariant, statement) -> None:
    with scanned.transaction() as session:
        session.execute(text(statement))

    assert invariant in broken(scanned, door_stage.NOON)


def test_an_open_payment_excuses_an_unpaid_order_only_while_a_bank_decides(services, clock) -> None:
    till = Till(services)
    till.start(till.place(adult=1))

    clock.advance(minutes=60)
    assert broken(services.database, clock.now()) == {"I21"}
    with services.database.transaction() as session:
        session.execute(text("UPDATE payments SET state = 'processing'"))
    assert broken(services.database, clock.now()) == set()


def test_money_is_seen_by_people_once_it_is_known_that_its_refund_failed(services, clock) -> None:
    till = Till(services)
    paid_late = till.start(till.place(adult=1))
    services.sandbox.pay_slowly(paid_late, succeeds=True, settles_at=clock.now() + timedelta(hours=6))
    till.deliver()
    clock.advance(hours=6)
    till.deliver()
    till.work()
    (refund,) = till.refunds()
    services.sandbox.in_dashboard(sandbox_money.send_back_refund(refund.provider_ref))
    till.deliver()
    clock.advance(hours=1)

    with services.database.reading() as session:
        assert open_matters.count(session).failed_refunds == 1
    assert broken(services.database, clock.now()) == set()
    with services.database.transaction() as session:
        session.execute(text("UPDATE refunds SET settled_at = NULL"))
    assert broken(services.database, clock.now()) == {"I10"}


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


def test_the_proof_of_a_large_ledger_may_take_longer_than_a_visitors_request(ledger, now) -> None:
    with ledger.reading() as session:
        invariants.violations(session, now=now)
        if session.get_bind().dialect.name == "postgresql":
            assert session.scalar(text("SHOW statement_timeout")) == "0"
    with ledger.reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            assert session.scalar(text("SHOW statement_timeout")) == "15s"


def test_every_invariant_has_its_place_in_the_handbook() -> None:
    handbook = (HOME / "docs" / "operating.md").read_text()
    told = dict(re.findall(r"^\| (I\d\d) \| ([^|]+) \|", handbook, re.MULTILINE))

    assert told == invariants.names()
    assert set(FAULTS) <= set(told)
    assert len(told) == invariants.count()


def test_what_is_not_asked_is_refused_by_the_database() -> None:
    """I09, I15, I19 and I22 of the handbook: no row can break them while these stand."""
    unique = {
        f"{table.name}.{columns[0]}"
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
        for columns in [constraint.columns.keys()]
        if len(columns) == 1
    }
    handbook = (HOME / "docs" / "operating.md").read_text()
    told = re.findall(r"`(\w+\.\w+)` \(I\d\d\)", handbook)

    assert len(told) == 11
    assert set(told) <= unique


def test_paying_in_cash_is_sound(database, now) -> None:
    with database.transaction() as session:
        order = make.order(session, make.priced_slot(session), now)
        settlement.pay_cash(session, order, actor=VISITOR, now=now)

    assert broken(database, now) == set()
