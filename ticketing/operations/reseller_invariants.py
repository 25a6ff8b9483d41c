"""What must always be true of resellers: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I71",
        "every order of a reseller is one resale's, under the same hold and code, and no other order is",
        """SELECT o.code, o.channel, b.id AS resale FROM orders o LEFT JOIN resales b ON b.order_id = o.id
           WHERE (o.channel = 'reseller') <> (b.id IS NOT NULL) OR b.hold_id <> o.hold_id OR b.reference <> o.code""",
    ),
    (
        "I72",
        "a reseller's account pays orders of resellers alone, and what goes back of what it paid goes onto it",
        """SELECT o.code, p.id AS payment, 0 AS refund FROM payments p JOIN orders o ON o.id = p.order_id
           WHERE p.provider = 'reseller' AND (o.channel <> 'reseller' OR p.state <> 'succeeded')
           UNION ALL SELECT o.code, p.id, r.id FROM refunds r JOIN payments p ON p.id = r.payment_id
             JOIN orders o ON o.id = p.order_id
            WHERE (p.provider = 'reseller') <> (r.way = 'account') OR (r.way = 'account' AND r.state <> 'succeeded')""",
    ),
    (
        "I73",
        "a resale has as many units of each type as its basket holds, or as its order was placed with",
        """SELECT x.resale, x.ticket_type_id, SUM(x.units) AS units, SUM(x.places) AS places FROM
             (SELECT resale_id AS resale, ticket_type_id, 1 AS units, 0 AS places FROM resale_units
              UNION ALL SELECT b.id, l.ticket_type_id, 0, l.quantity FROM resales b
                JOIN hold_lines l ON l.hold_id = b.hold_id WHERE b.order_id IS NULL
              UNION ALL SELECT b.id, l.ticket_type_id, 0, l.quantity FROM resales b
                JOIN order_lines l ON l.order_id = b.order_id AND l.change_id IS NULL) x
           GROUP BY x.resale, x.ticket_type_id HAVING SUM(x.units) <> SUM(x.places)""",
    ),
)
