"""What must always be true of closures and their cases: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

_OF_IT = """(NOT EXISTS (SELECT 1 FROM closure_experiences x WHERE x.closure_id = c.id)
              OR EXISTS (SELECT 1 FROM closure_experiences x WHERE x.closure_id = c.id
                          AND x.experience_id = s.experience_id))"""
_COVERED = f"""c.starts_at < s.ends_at AND (c.ends_at IS NULL OR c.ends_at > s.starts_at) AND {_OF_IT}"""
# Whoever waits for the worker still, because it may be undone, or be confirmed, or because it comes round in a moment.
_CARRIED_OUT = "c.carried_out_at > c.created_at"
_SPOKEN_FOR = """EXISTS (SELECT 1 FROM closure_case_tickets ct JOIN closure_cases k ON k.id = ct.case_id
                          WHERE ct.ticket_id = t.id AND k.state IN ('open', 'kept'))"""

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I28",
        "nothing was sold for a slot after a closure of it had been decided, unless a case speaks for it",
        # Whoever waited for a lock has the later entry, whatever time they had read before. Lines that a change began
        # were won under the same lock, later than their order was confirmed. A number may be that of a closure that was
        # undone before: what counts is what was decided since.
        f"""SELECT o.code, c.id FROM closures c JOIN slots s ON {_COVERED}
           JOIN order_lines l ON l.slot_id = s.id JOIN orders o ON o.id = l.order_id
           JOIN tickets t ON t.order_line_id = l.id AND t.state = 'valid' AND t.admitted = 0
           JOIN audit_entries sold ON sold.subject = 'orders' AND sold.subject_id = o.id
             AND sold.code = 'order.confirmed'
           LEFT JOIN (SELECT e.subject_id, MIN(e.id) AS id FROM audit_entries e WHERE e.subject = 'closures'
             AND e.code IN ('closure.planned', 'closure.began') AND e.id > COALESCE((SELECT MAX(u.id)
               FROM audit_entries u WHERE u.subject = 'closures' AND u.subject_id = e.subject_id
                AND u.code = 'closure.undone'), 0) GROUP BY e.subject_id) d ON d.subject_id = c.id
           WHERE l.change_id IS NULL AND c.state IN ('planned', 'in_force') AND sold.id > COALESCE(d.id, 0)
             AND (c.ends_at IS NULL OR o.confirmed_at < c.ends_at) AND {_CARRIED_OUT} AND NOT {_SPOKEN_FOR}""",  # noqa: S608
    ),
    (
        "I65",
        "once a closure is carried out, every ticket it takes is in a case, or somebody came in on it",
        f"""SELECT c.id, t.order_id, t.id FROM closures c JOIN slots s ON {_COVERED}
             AND s.admits_until > c.created_at AND (c.state <> 'lifted' OR s.admits_until <= c.ended_at)
           JOIN tickets t ON t.slot_id = s.id AND t.state = 'valid' AND t.admitted = 0
             AND (c.ends_at IS NULL OR t.issued_at < c.ends_at)
           WHERE c.state <> 'withdrawn' AND {_CARRIED_OUT} AND NOT {_SPOKEN_FOR}""",  # noqa: S608
    ),
    (
        "I66",
        "an open case has a ticket that still stands; a case that was moved, refunded or credited has none",
        """SELECT k.id, k.state FROM closure_cases k WHERE k.state IN ('open', 'rebooked', 'refunded', 'credited')
             AND (k.state = 'open') <> EXISTS (SELECT 1 FROM closure_case_tickets ct JOIN tickets t
               ON t.id = ct.ticket_id WHERE ct.case_id = k.id AND t.state = 'valid')""",
    ),
    (
        "I67",
        "what is open in a case is what was paid for its tickets that stand",
        # Where somebody came in on a ticket of the same line, its share is rounded as it will be when the others end.
        """SELECT k.id, k.open_cents, x.cents FROM closure_cases k JOIN
             (SELECT m.case_id, SUM(l.total_cents) AS cents, SUM(l.quantity) AS tickets, SUM(m.standing) AS standing
                FROM (SELECT ct.case_id, t.order_line_id, COUNT(*) AS standing FROM closure_case_tickets ct
                        JOIN tickets t ON t.id = ct.ticket_id AND t.state = 'valid'
                       GROUP BY ct.case_id, t.order_line_id) m
                JOIN order_lines l ON l.id = m.order_line_id GROUP BY m.case_id) x ON x.case_id = k.id
           WHERE k.state = 'open' AND x.tickets = x.standing AND k.open_cents <> x.cents""",
    ),
    (
        "I68",
        "every time a case was opened its customer was written to once, and so when it was withdrawn",
        """SELECT k.id, k.openings, COUNT(j.id) AS mails FROM closure_cases k
             LEFT JOIN jobs j ON j.kind = 'send_closure_case' AND j.key LIKE 'closure-case:' || k.uuid || ':%'
              AND j.key NOT LIKE '%:again:%'
            GROUP BY k.id, k.openings HAVING COUNT(j.id) <> k.openings
           UNION ALL SELECT k.id, k.openings, 0 FROM closure_cases k WHERE k.state = 'withdrawn' AND NOT EXISTS
             (SELECT 1 FROM jobs j WHERE j.key = 'closure-over:' || k.uuid || ':' || CAST(k.openings AS VARCHAR(9)))""",
    ),
    (
        "I69",
        "nobody was told of a closure that could still be undone, or that nobody had confirmed",
        """SELECT c.id, k.id AS closure_case FROM closures c JOIN closure_cases k ON k.closure_id = c.id
           WHERE k.opened_at < c.undo_until
              OR (c.is_large AND c.confirmed_at IS NULL AND c.amended_at IS NULL AND c.ended_at IS NULL)""",
    ),
    (
        "I70",
        "no ticket waits in two open cases",
        """SELECT ct.ticket_id, COUNT(*) AS cases FROM closure_case_tickets ct JOIN closure_cases k ON k.id = ct.case_id
             JOIN tickets t ON t.id = ct.ticket_id AND t.state = 'valid'
           WHERE k.state = 'open' GROUP BY ct.ticket_id HAVING COUNT(*) > 1""",
    ),
    (
        "I76",
        "what a case put onto gift cards is what its order gave up and the bonus, to the cent; at most one is new",
        # What has no refund behind it is the bonus: nobody's money.
        """SELECT d.id, d.value_cents, d.bonus_cents, COALESCE(SUM(m.paid_cents + m.bonus_cents), 0) AS on_cards
             FROM closure_credits d JOIN order_changes x ON x.id = d.change_id
             LEFT JOIN gift_card_movements m ON m.credit_id = d.id
            GROUP BY d.id, d.value_cents, d.bonus_cents, x.difference_cents, x.kind, x.state
           HAVING d.value_cents <> -x.difference_cents OR x.kind <> 'cancel' OR x.state <> 'done'
               OR d.value_cents <> COALESCE(SUM(CASE WHEN m.refund_id IS NOT NULL
                                                THEN m.paid_cents + m.bonus_cents END), 0)
               OR d.bonus_cents <> COALESCE(SUM(CASE WHEN m.refund_id IS NULL THEN m.bonus_cents END), 0)
               OR COALESCE(SUM(CASE WHEN m.refund_id IS NULL THEN m.paid_cents END), 0) <> 0
               OR COUNT(DISTINCT CASE WHEN m.kind = 'issued' AND m.refund_id IS NOT NULL THEN m.card_id END) > 1
           UNION ALL SELECT r.id, r.amount_cents, 0, 0 FROM refunds r
            WHERE r.way = 'gift_card' AND NOT EXISTS (SELECT 1 FROM gift_card_movements m WHERE m.refund_id = r.id
              AND m.paid_cents + m.bonus_cents = r.amount_cents)""",
    ),
    (
        "I77",
        "a case is credited when it went onto a gift card the last time it was opened, and knows its bonus",
        """SELECT k.id, k.state, k.bonus_cents, COALESCE(SUM(d.bonus_cents), 0) AS bonus FROM closure_cases k
             LEFT JOIN closure_credits d ON d.case_id = k.id
            GROUP BY k.id, k.state, k.openings, k.bonus_cents, k.credited_cents
           HAVING k.bonus_cents <> COALESCE(SUM(d.bonus_cents), 0)
               OR (k.credited_cents > 0) <> (COUNT(d.id) > 0)
               OR (k.state = 'credited') <> (COALESCE(MAX(d.opening), 0) = k.openings)
           UNION ALL SELECT k.id, k.state, d.opening, 0 FROM closure_credits d JOIN closure_cases k ON k.id = d.case_id
             JOIN order_changes x ON x.id = d.change_id WHERE x.order_id <> k.order_id""",
    ),
)
