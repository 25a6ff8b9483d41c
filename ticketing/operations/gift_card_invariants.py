"""What must always be true of gift cards: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I74",
        "what is on a gift card is the sum of its movements, in its currency, paid value and bonus each",
        """SELECT c.id, c.paid_cents, c.bonus_cents, SUM(m.paid_cents) AS paid, SUM(m.bonus_cents) AS bonus
             FROM gift_cards c LEFT JOIN gift_card_movements m ON m.card_id = c.id AND m.currency = c.currency
            GROUP BY c.id, c.paid_cents, c.bonus_cents HAVING c.paid_cents <> COALESCE(SUM(m.paid_cents), 0)
                OR c.bonus_cents <> COALESCE(SUM(m.bonus_cents), 0)
           UNION ALL SELECT m.card_id, m.id, 0, 0, 0 FROM gift_card_movements m JOIN gift_cards c ON c.id = m.card_id
            WHERE m.currency <> c.currency""",
    ),
    (
        "I75",
        "what a gift card gave to an order waits for it or is its payment, less what of that went back onto the card",
        """SELECT x.order_id, SUM(x.given) AS given, SUM(x.used) AS used FROM
             (SELECT order_id, -(paid_cents + bonus_cents) AS given, 0 AS used FROM gift_card_movements
               WHERE order_id IS NOT NULL AND kind IN ('spent', 'given_back')
              UNION ALL SELECT order_id, 0, paid_cents + bonus_cents FROM gift_card_uses
               WHERE state IN ('held', 'spent')
              UNION ALL SELECT p.order_id, 0, -r.amount_cents FROM refunds r JOIN payments p ON p.id = r.payment_id
               WHERE p.provider = 'gift_card' AND r.way = 'gift_card') x
           GROUP BY x.order_id HAVING SUM(x.given) <> SUM(x.used)
           UNION ALL SELECT u.order_id, u.paid_cents + u.bonus_cents, p.amount_cents FROM gift_card_uses u
             JOIN payments p ON p.id = u.payment_id
            WHERE p.amount_cents <> u.paid_cents + u.bonus_cents OR p.provider <> 'gift_card'
               OR p.order_id <> u.order_id
           UNION ALL SELECT p.order_id, p.amount_cents, 0 FROM payments p WHERE p.provider = 'gift_card'
             AND NOT EXISTS (SELECT 1 FROM gift_card_uses u WHERE u.payment_id = p.id)
           UNION ALL SELECT o.id, u.paid_cents, u.bonus_cents FROM gift_card_uses u JOIN orders o ON o.id = u.order_id
            WHERE (u.state = 'held') <> (o.state = 'pending') AND u.state <> 'spent'""",
    ),
)
