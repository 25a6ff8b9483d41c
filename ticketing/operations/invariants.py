"""What must always be true of the ledger, as questions whose every answer is "no row". `flask check` asks them all.

Each runs on SQLite and PostgreSQL alike and only reads. The numbers are those of docs/operating.md, so that an alarm
can be looked up. `:now`, `:minutes_ago_2` … are instants bound as the tables keep them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select, text
from sqlalchemy.orm import Session

from ticketing.foundation.audit import AuditEntry, seal_of
from ticketing.foundation.database import UTCDateTime
from ticketing.foundation.money import vat_within
from ticketing.operations import (
    closure_invariants,
    door_invariants,
    forecast_invariants,
    gift_card_invariants,
    mail_invariants,
    report_invariants,
    reseller_invariants,
    waiting_invariants,
)
from ticketing.sales.models import ORDER_MOVES, Order, OrderState

MOST_ROWS = 20  # shown of each violation
LIFE = {"order.placed": OrderState.PENDING} | {
    f"order.{state.value}": state for state in OrderState if state is not OrderState.PENDING
}


@dataclass(frozen=True)
class Invariant:
    """Something that must always be true, and the question that finds where it is not."""

    id: str
    name: str
    question: str


@dataclass(frozen=True)
class Violation:
    """An invariant that does not hold, with rows that show it."""

    id: str
    name: str
    rows: tuple[Any, ...]


INVARIANTS = (
    Invariant(
        "I01",
        "no slot holds more than its capacity, unless that was lowered afterwards",
        """SELECT s.id, s.capacity, SUM(a.admissions) AS claimed FROM slots s JOIN allocations a ON a.slot_id = s.id
           WHERE (a.state = 'sold' OR (a.state = 'held' AND a.expires_at > :now))
             AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.subject = 'slots' AND e.subject_id = s.id
                             AND e.code = 'slot.capacity_lowered')
           GROUP BY s.id, s.capacity HAVING SUM(a.admissions) > s.capacity""",
    ),
    Invariant(
        "I02",
        "the places sold to an order are those of its lines, slot by slot, and no others are sold",
        # One list of what was bought and of what was sold: where they do not cancel out, one of them is wrong.
        """SELECT MAX(x.order_id) AS order_id, x.slot_id, SUM(x.bought) AS bought, SUM(x.sold) AS sold FROM
             (SELECT o.id AS order_id, h.key AS holder, l.slot_id, l.quantity AS bought, 0 AS sold FROM orders o
                JOIN holds h ON h.id = o.hold_id JOIN order_lines l ON l.order_id = o.id
               WHERE o.state = 'confirmed' AND l.ended_at IS NULL
              UNION ALL SELECT NULL, holder, slot_id, 0, admissions FROM allocations WHERE state = 'sold') x
           GROUP BY x.holder, x.slot_id HAVING SUM(x.bought) <> SUM(x.sold)""",
    ),
    Invariant(
        "I03",
        "a confirmed order has exactly as many tickets as it bought",
        """SELECT o.code, l.id, l.quantity, COUNT(t.id) AS issued FROM orders o JOIN order_lines l ON l.order_id = o.id
           LEFT JOIN tickets t ON t.order_line_id = l.id WHERE o.state IN ('confirmed', 'cancelled')
           GROUP BY o.code, l.id, l.quantity HAVING COUNT(t.id) <> l.quantity""",
    ),
    Invariant(
        "I04",
        "no ticket is valid unless its order is confirmed",
        """SELECT o.code, o.state, t.id FROM tickets t JOIN orders o ON o.id = t.order_id
           WHERE t.state = 'valid' AND o.state <> 'confirmed'""",
    ),
    Invariant(
        "I05",
        "no order, and no change of one, keeps the money of more than one payment, beside that of a gift card",
        # As in I06: what is owed of a refund that failed is not kept; /office shows it to somebody who sends it again.
        """SELECT p.order_id, p.change_id, COUNT(*) AS kept FROM payments p WHERE p.state = 'succeeded' AND
             p.provider <> 'gift_card' AND p.amount_cents >
             COALESCE((SELECT SUM(r.amount_cents - r.covered_cents) FROM refunds r WHERE r.payment_id = p.id), 0)
           GROUP BY p.order_id, p.change_id HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "I06",
        "an order that was confirmed has been paid its total in its currency, no less and no more",
        # A refund that failed is still owed to the customer, as far as no other stands in for it.
        """SELECT o.code, o.total_cents, COALESCE(m.kept, 0) AS kept FROM orders o LEFT JOIN
             (SELECT p.order_id, SUM(p.amount_cents - COALESCE(r.back, 0)) AS kept FROM payments p LEFT JOIN
                (SELECT payment_id, SUM(amount_cents - covered_cents) AS back FROM refunds GROUP BY payment_id) r
                ON r.payment_id = p.id WHERE p.state = 'succeeded' GROUP BY p.order_id) m ON m.order_id = o.id
           WHERE o.state IN ('confirmed', 'cancelled') AND COALESCE(m.kept, 0) <> o.total_cents
           UNION ALL SELECT o.code, o.total_cents, p.amount_cents FROM payments p JOIN orders o ON o.id = p.order_id
            WHERE p.state = 'succeeded' AND p.currency <> o.currency
           UNION ALL SELECT o.code, o.total_cents, r.amount_cents FROM refunds r JOIN payments p ON p.id = r.payment_id
             JOIN orders o ON o.id = p.order_id WHERE r.currency <> o.currency""",
    ),
    Invariant(
        "I07",
        "no more goes back than came in",
        """SELECT p.id, p.amount_cents, SUM(r.amount_cents) AS back FROM payments p
           JOIN refunds r ON r.payment_id = p.id AND r.state <> 'failed'
           GROUP BY p.id, p.amount_cents HAVING SUM(r.amount_cents) > p.amount_cents""",
    ),
    Invariant(
        "I08",
        "an order that ended keeps no valid ticket and no sold place",
        """SELECT o.code, o.state, a.id FROM orders o JOIN holds h ON h.id = o.hold_id
           JOIN allocations a ON a.holder = h.key AND a.state = 'sold' WHERE o.state IN ('expired', 'cancelled')""",
    ),
    Invariant(
        "I10",
        # What a provider or a bank refused to give back, and when, /office shows to somebody who gives it otherwise.
        "money that came in has bought something, or is on its way back within 15 minutes, or it is known what failed",
        """SELECT p.id, p.order_id FROM payments p JOIN orders o ON o.id = p.order_id
           WHERE p.state = 'succeeded' AND p.succeeded_at < :minutes_ago_15
             AND o.state NOT IN ('confirmed', 'cancelled')
             AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id
                              AND (r.state <> 'failed' OR r.settled_at IS NOT NULL))""",
    ),
    Invariant(
        "I11",
        "an order's total is the sum of its lines that have not ended, and of the fees of its changes",
        """SELECT o.code, o.total_cents FROM orders o WHERE o.total_cents <>
             COALESCE((SELECT SUM(l.total_cents) FROM order_lines l
                        WHERE l.order_id = o.id AND l.ended_at IS NULL), 0)
           + COALESCE((SELECT SUM(c.fee_cents) FROM order_changes c
                        WHERE c.order_id = o.id AND c.state = 'done'), 0)""",
    ),
    Invariant(
        "I21",
        "no unpaid order outlives its hold by more than 15 minutes, unless a bank is still deciding",
        """SELECT o.code FROM orders o JOIN holds h ON h.id = o.hold_id
           WHERE o.state = 'pending' AND h.expires_at < :minutes_ago_15 AND NOT EXISTS
             (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.state = 'processing')""",
    ),
    Invariant(
        "I23",
        "each confirmed order has exactly one confirmation mail in the outbox",
        """SELECT o.code, COUNT(j.id) AS mails FROM orders o
           LEFT JOIN jobs j ON j.kind = 'send_confirmation' AND j.key = 'confirmation:' || o.uuid
           WHERE o.confirmed_at IS NOT NULL GROUP BY o.code HAVING COUNT(j.id) <> 1""",
    ),
    Invariant(
        "I35",
        "a void ticket hangs on a line that has ended, a valid one on a line that has not",
        """SELECT t.id, t.state, l.ended_at FROM tickets t JOIN order_lines l ON l.id = t.order_line_id
           WHERE (t.state = 'void') <> (l.ended_at IS NOT NULL)""",
    ),
    Invariant(
        "I36",
        "a change waits for its payment at most 15 minutes too long, unless a payment is still open",
        """SELECT c.id, c.order_id FROM order_changes c WHERE c.state = 'pending' AND c.expires_at < :minutes_ago_15
             AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.change_id = c.id
                             AND p.state IN ('created', 'processing'))""",
    ),
    Invariant(
        "I37",
        "what was held for a change is the change's no more once it is over",
        """SELECT c.id, a.id FROM order_changes c JOIN allocations a ON a.holder = c.uuid
           WHERE (c.state = 'done' AND a.state <> 'released') OR (c.state = 'lapsed' AND a.state = 'sold')""",
    ),
    Invariant(
        "I40",
        "the places held for a living basket are those of its lines, slot by slot",
        """SELECT x.holder, x.slot_id, SUM(x.chosen) AS chosen, SUM(x.held) AS held FROM
             (SELECT h.key AS holder, l.slot_id, l.quantity AS chosen, 0 AS held FROM holds h
                JOIN hold_lines l ON l.hold_id = h.id WHERE h.state = 'open' AND h.expires_at > :now
              UNION ALL SELECT h.key, a.slot_id, 0, a.admissions FROM holds h
                JOIN allocations a ON a.holder = h.key AND a.state = 'held' AND a.expires_at > :now
               WHERE h.state = 'open' AND h.expires_at > :now) x
           GROUP BY x.holder, x.slot_id HAVING SUM(x.chosen) <> SUM(x.held)""",
    ),
    Invariant(
        "I29",
        "no promotion code is used more often than it may be, but by those who paid after their use had gone to others",
        """SELECT c.code, p.max_uses, SUM(r.uses) AS used FROM promotions p
             JOIN promotion_codes c ON c.promotion_id = p.id JOIN promotion_redemptions r ON r.promotion_code_id = c.id
           WHERE p.max_uses IS NOT NULL AND r.returned_at IS NULL AND NOT r.is_beyond_limit
           GROUP BY c.code, p.max_uses HAVING SUM(r.uses) > p.max_uses
           UNION ALL SELECT p.name, p.max_uses_per_customer, SUM(r.uses) FROM promotions p
             JOIN promotion_codes c ON c.promotion_id = p.id JOIN promotion_redemptions r ON r.promotion_code_id = c.id
           WHERE p.max_uses_per_customer IS NOT NULL AND r.returned_at IS NULL AND NOT r.is_beyond_limit
           GROUP BY p.name, p.max_uses_per_customer, r.customer_digest HAVING SUM(r.uses) > p.max_uses_per_customer""",
    ),
    Invariant(
        "I38",
        "a use of a promotion code stands as long as its order does, and beyond the limit only once it had expired",
        """SELECT o.code, o.state, r.returned_at FROM promotion_redemptions r JOIN orders o ON o.id = r.order_id
           WHERE (r.returned_at IS NULL) <> (o.state IN ('pending', 'confirmed'))
              OR (r.is_beyond_limit AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.subject = 'orders'
                    AND e.subject_id = o.id AND e.code = 'order.expired'))""",
    ),
    Invariant(
        "I57",
        "what stands in for refunds that failed is as much as of them is covered, order by order",
        """SELECT p.order_id, SUM(r.covers_cents) AS covers, SUM(r.covered_cents) AS covered FROM refunds r
             JOIN payments p ON p.id = r.payment_id GROUP BY p.order_id
           HAVING SUM(r.covers_cents) <> SUM(r.covered_cents)
           UNION ALL SELECT p.order_id, r.id, r.covered_cents FROM refunds r JOIN payments p ON p.id = r.payment_id
            WHERE r.state <> 'failed' AND r.covered_cents > 0""",
    ),
    Invariant(
        "I58",
        "a dispute that was lost has taken its money here too, or somebody is asked to explain",
        """SELECT d.id, d.provider_ref FROM disputes d WHERE d.state = 'lost'
             AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.provider_ref = d.provider_ref AND r.way = 'dispute')
             AND NOT EXISTS (SELECT 1 FROM reconciliation_findings f WHERE f.object_ref = d.provider_ref)""",
    ),
    Invariant(
        "I32",
        "time runs forwards: confirmed after placed, received after scanned",
        """SELECT 'order' AS what, id FROM orders WHERE confirmed_at < placed_at
           UNION ALL SELECT 'scan', id FROM scans WHERE scanned_at > received_at""",
    ),
    Invariant(
        "I44",
        "nobody has places in a slot that is offered no more",
        """SELECT s.id, a.id AS allocation FROM slots s JOIN allocations a ON a.slot_id = s.id
           WHERE s.withdrawn_at IS NOT NULL AND (a.state = 'sold' OR (a.state = 'held' AND a.expires_at > :now))""",
    ),
    Invariant(
        "I45",
        "no word is kept of a name that an order does not have any more",
        """SELECT w.order_id, w.id AS word FROM order_name_words w JOIN orders o ON o.id = w.order_id
           WHERE o.name IS NULL""",
    ),
    Invariant(
        "I33",
        "a ticket is for the order, the slot and the type of the line it was bought on",
        """SELECT t.id, t.slot_id, l.slot_id AS bought FROM tickets t JOIN order_lines l ON l.id = t.order_line_id
           WHERE t.slot_id <> l.slot_id OR t.ticket_type_id <> l.ticket_type_id OR t.order_id <> l.order_id""",
    ),
    *(Invariant(*question) for question in waiting_invariants.QUESTIONS),
    *(Invariant(*question) for question in door_invariants.QUESTIONS),
    *(Invariant(*question) for question in report_invariants.QUESTIONS),
    *(Invariant(*question) for question in forecast_invariants.QUESTIONS),
    *(Invariant(*question) for question in closure_invariants.QUESTIONS),
    *(Invariant(*question) for question in gift_card_invariants.QUESTIONS),
    *(Invariant(*question) for question in reseller_invariants.QUESTIONS),
    *(Invariant(*question) for question in mail_invariants.QUESTIONS),
)


def violations(session: Session, *, now: datetime) -> list[Violation]:
    """Ask every question, however long the answers take; return those that were answered with rows."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL statement_timeout = 0"))  # a visitor's request may not wait so long; this may
    found = [_ask(session, invariant, now) for invariant in INVARIANTS]
    found += [Violation(id, name, tuple(find(session)[:MOST_ROWS])) for id, (name, find) in PROOFS.items()]
    return sorted((violation for violation in found if violation.rows), key=lambda violation: violation.id)


def names() -> dict[str, str]:
    """Return what always holds, by its number; those that SQL cannot ask included."""
    by_number = {invariant.id: invariant.name for invariant in INVARIANTS}
    return by_number | {id: name for id, (name, _) in PROOFS.items()}


def count() -> int:
    """Return how many invariants there are."""
    return len(INVARIANTS) + len(PROOFS)


def _ask(session: Session, invariant: Invariant, now: datetime) -> Violation:
    instants = {"now": now, "minutes_ago_15": now - timedelta(minutes=15)}
    used = {name: instant for name, instant in instants.items() if f":{name}" in invariant.question}
    question = text(invariant.question).bindparams(*(bindparam(name, type_=UTCDateTime()) for name in used))
    rows = session.execute(question, used).fetchmany(MOST_ROWS)
    return Violation(invariant.id, invariant.name, tuple(tuple(row) for row in rows))


def _wrong_vat(session: Session) -> list[Any]:
    """VAT is that of the gross of an order, or of a change of it, per rate, half-up; the shares of lines add up."""
    per_rate = session.execute(
        text(
            """SELECT order_id, vat_bp, SUM(total_cents), SUM(vat_cents) FROM order_lines
               GROUP BY order_id, change_id, vat_class, vat_bp"""
        )
    )
    return [tuple(row) for row in per_rate if vat_within(int(row[2]), row[1] or 0) != int(row[3])]


def _wrong_lives(session: Session) -> list[Any]:
    """Each order's audit tells a life that the table of moves allows, from being placed to what it is now."""
    told = session.execute(
        select(Order.id, Order.state, AuditEntry.code)
        .outerjoin(
            AuditEntry,
            and_(AuditEntry.subject == Order.__tablename__, AuditEntry.subject_id == Order.id,
                 AuditEntry.code.in_(LIFE)),
        )
        .order_by(Order.id, AuditEntry.id)
        .execution_options(yield_per=1000)
    )  # fmt: skip
    wrong: list[Any] = []
    for (order_id, state), entries in itertools.groupby(told, key=lambda row: (row[0], row[1])):
        lived = [LIFE[code] for _, _, code in entries if code is not None]
        is_allowed = all(after in ORDER_MOVES[before] for before, after in itertools.pairwise(lived))
        if not is_allowed or lived[:1] != [OrderState.PENDING] or lived[-1:] != [state]:
            wrong.append((order_id, state.value, *(each.value for each in lived)))
    return wrong


def _cut_seals(session: Session) -> list[Any]:
    """Every sealed audit entry carries the seal that follows from the one before it."""
    sealed = select(AuditEntry).where(AuditEntry.seal.is_not(None)).order_by(AuditEntry.id)
    before, broken = "", []
    for entry in session.scalars(sealed.execution_options(yield_per=1000)):
        if entry.seal != seal_of(entry, before):
            broken.append((entry.id, entry.code))
        before = entry.seal or ""
    return broken


PROOFS: dict[str, tuple[str, Callable[[Session], list[Any]]]] = {
    "I12": ("VAT is computed per order or change and rate, and its lines share it exactly", _wrong_vat),
    "I25": ("every order has lived as its audit tells and as the table of moves allows", _wrong_lives),
    "I26": ("the audit log is a chain that nobody has cut", _cut_seals),
    **door_invariants.PROOFS,
}
