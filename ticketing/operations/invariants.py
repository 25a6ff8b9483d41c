"""What must always be true of the ledger, as questions whose every answer is "no row". `flask check` asks them all.

Each runs on SQLite and PostgreSQL alike and only reads. The numbers are those of docs/operating.md, so that an alarm
can be looked up. `:now`, `:minutes_ago_2` … are instants bound as the tables keep them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from ticketing.foundation.audit import AuditEntry, seal_of
from ticketing.foundation.database import UTCDateTime
from ticketing.foundation.money import vat_within
from ticketing.sales.models import ORDER_MOVES, OrderState

MOST_ROWS = 20  # shown of each violation


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
        "the places sold to an order are those of its lines, slot by slot",
        """SELECT l.order_id, l.slot_id, l.bought, COALESCE(a.sold, 0) AS sold FROM
             (SELECT o.id AS order_id, h.key, l.slot_id, SUM(l.quantity) AS bought FROM orders o
                JOIN holds h ON h.id = o.hold_id JOIN order_lines l ON l.order_id = o.id
               WHERE o.state = 'confirmed' AND l.ended_at IS NULL GROUP BY o.id, h.key, l.slot_id) l
           LEFT JOIN (SELECT holder, slot_id, SUM(admissions) AS sold FROM allocations WHERE state = 'sold'
                       GROUP BY holder, slot_id) a ON a.holder = l.key AND a.slot_id = l.slot_id
           WHERE COALESCE(a.sold, 0) <> l.bought""",
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
        "no order, and no change of one, keeps the money of more than one payment",
        """SELECT p.order_id, p.change_id, COUNT(*) AS kept FROM payments p WHERE p.state = 'succeeded'
             AND p.amount_cents >
             COALESCE((SELECT SUM(r.amount_cents) FROM refunds r WHERE r.payment_id = p.id AND r.state <> 'failed'), 0)
           GROUP BY p.order_id, p.change_id HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "I06",
        "an order that was confirmed has been paid its total, no less and no more",
        """SELECT o.code, o.total_cents, COALESCE(m.kept, 0) AS kept FROM orders o LEFT JOIN
             (SELECT p.order_id, SUM(p.amount_cents - COALESCE(r.back, 0)) AS kept FROM payments p LEFT JOIN
                (SELECT payment_id, SUM(amount_cents) AS back FROM refunds
                  WHERE state <> 'failed' AND reason <> 'made in the provider''s dashboard' GROUP BY payment_id) r
                ON r.payment_id = p.id WHERE p.state = 'succeeded' GROUP BY p.order_id) m ON m.order_id = o.id
           WHERE o.state IN ('confirmed', 'cancelled') AND COALESCE(m.kept, 0) <> o.total_cents""",
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
        "money that came in has bought something, or is on its way back within 15 minutes",
        """SELECT p.id, p.order_id FROM payments p JOIN orders o ON o.id = p.order_id
           WHERE p.state = 'succeeded' AND p.succeeded_at < :minutes_ago_15
             AND o.state NOT IN ('confirmed', 'cancelled')
             AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.state <> 'failed')""",
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
        "I16",
        "a ticket admitted as many as its scans say, and never more than it may",
        """SELECT t.id, t.admitted, t.admissions, COALESCE(s.seen, 0) AS seen FROM tickets t LEFT JOIN
             (SELECT ticket_id, SUM(admissions) AS seen FROM scans WHERE verdict = 'admit' AND direction = 'in'
               GROUP BY ticket_id) s ON s.ticket_id = t.id
           WHERE t.admitted <> COALESCE(s.seen, 0) OR t.admitted > t.admissions""",
    ),
    Invariant(
        "I17",
        "nobody was let in on a ticket after it was voided",
        """SELECT c.id, t.id FROM scans c JOIN tickets t ON t.id = c.ticket_id WHERE c.verdict = 'admit'
             AND c.direction = 'in' AND t.voided_at IS NOT NULL AND t.voided_at < c.scanned_at""",
    ),
    Invariant(
        "I20",
        "nothing was admitted by a device after it was revoked",
        """SELECT c.id FROM scans c JOIN devices d ON d.id = c.device_id
           WHERE d.revoked_at IS NOT NULL AND c.received_at > d.revoked_at AND c.verdict = 'admit'""",
    ),
    Invariant(
        "I21",
        "no unpaid order outlives its hold by more than 15 minutes, unless a payment is still open",
        """SELECT o.code FROM orders o JOIN holds h ON h.id = o.hold_id
           WHERE o.state = 'pending' AND h.expires_at < :minutes_ago_15 AND NOT EXISTS
             (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.state IN ('created', 'processing'))""",
    ),
    Invariant(
        "I23",
        "each confirmed order has exactly one confirmation mail in the outbox",
        """SELECT o.code, COUNT(j.id) AS mails FROM orders o
           LEFT JOIN jobs j ON j.kind = 'send_confirmation' AND j.key = 'confirmation:' || o.uuid
           WHERE o.confirmed_at IS NOT NULL GROUP BY o.code HAVING COUNT(j.id) <> 1""",
    ),
    Invariant(
        "I28",
        "nothing was sold for a slot after a closure of it had been decided",
        """SELECT o.code, c.id FROM (SELECT o.code, l.slot_id, COALESCE(h.done_at, o.confirmed_at) AS sold_at
                                    FROM orders o JOIN order_lines l ON l.order_id = o.id
                                    LEFT JOIN order_changes h ON h.id = l.change_id) o
           JOIN slots s ON s.id = o.slot_id
           JOIN closures c ON (c.experience_id IS NULL OR c.experience_id = s.experience_id)
             AND c.starts_at < s.ends_at AND (c.ends_at IS NULL OR c.ends_at > s.starts_at)
           WHERE o.sold_at > c.created_at AND (c.ended_at IS NULL OR o.sold_at < c.ended_at)""",
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
        "I29",
        "no promotion code is used more often than it may be",
        """SELECT c.code, c.max_orders, COUNT(o.id) AS used FROM promotion_codes c JOIN orders o
             ON o.promotion_code_id = c.id AND o.state = 'confirmed' WHERE c.max_orders IS NOT NULL
           GROUP BY c.code, c.max_orders HAVING COUNT(o.id) > c.max_orders""",
    ),
    Invariant(
        "I31",
        "no more people have left than came in, ticket by ticket",
        """SELECT ticket_id FROM scans WHERE verdict = 'admit' AND ticket_id IS NOT NULL GROUP BY ticket_id
           HAVING SUM(CASE WHEN direction = 'in' THEN admissions ELSE -admissions END) < 0""",
    ),
    Invariant(
        "I32",
        "time runs forwards: confirmed after placed, received after scanned",
        """SELECT 'order' AS what, id FROM orders WHERE confirmed_at < placed_at
           UNION ALL SELECT 'scan', id FROM scans WHERE scanned_at > received_at""",
    ),
)


def violations(session: Session, *, now: datetime) -> list[Violation]:
    """Ask every question; return those that were answered with rows."""
    found = [_ask(session, invariant, now) for invariant in INVARIANTS]
    found += [_check_vat(session), _check_moves(session), _check_seals(session)]
    return [violation for violation in found if violation.rows]


def count() -> int:
    """Return how many invariants there are, those that SQL cannot ask included."""
    return len(INVARIANTS) + 3


def _ask(session: Session, invariant: Invariant, now: datetime) -> Violation:
    instants = {"now": now, "minutes_ago_15": now - timedelta(minutes=15)}
    used = {name: instant for name, instant in instants.items() if f":{name}" in invariant.question}
    question = text(invariant.question).bindparams(*(bindparam(name, type_=UTCDateTime()) for name in used))
    rows = session.execute(question, used).fetchmany(MOST_ROWS)
    return Violation(invariant.id, invariant.name, tuple(tuple(row) for row in rows))


def _check_vat(session: Session) -> Violation:
    """VAT is that of the gross of an order, or of a change of it, per rate, half-up; the shares of lines add up."""
    per_rate = session.execute(
        text(
            """SELECT order_id, vat_bp, SUM(total_cents), SUM(vat_cents) FROM order_lines
               GROUP BY order_id, change_id, vat_class, vat_bp"""
        )
    )
    wrong = [row for row in per_rate if vat_within(int(row[2]), row[1] or 0) != int(row[3])]
    return Violation(
        "I12", "VAT is computed per order or change and rate, and its lines share it exactly", tuple(wrong[:MOST_ROWS])
    )


def _check_moves(session: Session) -> Violation:
    """Each order's audit tells a life that the table of moves allows."""
    codes = {f"order.{state.value}": state for state in OrderState if state is not OrderState.PENDING}
    told = session.execute(
        select(AuditEntry.subject_id, AuditEntry.code)
        .where(AuditEntry.subject == "orders", AuditEntry.code.in_(codes))
        .order_by(AuditEntry.subject_id, AuditEntry.id)
        .execution_options(yield_per=1000)
    )
    wrong, current, state = [], None, OrderState.PENDING
    for order_id, code in told:
        if order_id != current:
            current, state = order_id, OrderState.PENDING
        if codes[code] not in ORDER_MOVES[state]:
            wrong.append((order_id, state.value, code))
        state = codes[code]
    return Violation("I25", "no order ever moved in a way the table of moves forbids", tuple(wrong[:MOST_ROWS]))


def _check_seals(session: Session) -> Violation:
    """Every sealed audit entry carries the seal that follows from the one before it."""
    sealed = select(AuditEntry).where(AuditEntry.seal.is_not(None)).order_by(AuditEntry.id)
    before, broken = "", []
    for entry in session.scalars(sealed.execution_options(yield_per=1000)):
        if entry.seal != seal_of(entry, before):
            broken.append((entry.id, entry.code))
        before = entry.seal or ""
    return Violation("I26", "the audit log is a chain that nobody has cut", tuple(broken[:MOST_ROWS]))
