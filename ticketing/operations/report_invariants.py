"""What must always be true of days that were added up: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I80",
        "a day of sales that was added up is what its orders and their changes began and ended",
        """SELECT d.local_date, SUM(x.tickets) AS tickets, SUM(x.gross) AS gross, SUM(x.vat) AS vat,
                  SUM(x.orders) AS orders FROM tallied_days d JOIN
             (SELECT day_id, sign * tickets AS tickets, sign * (list_cents - discount_cents) AS gross,
                     sign * vat_cents AS vat, orders
                FROM (SELECT t.*, CASE WHEN act IN ('moved_away', 'cancelled') THEN -1 ELSE 1 END AS sign
                        FROM sale_tallies t) signed
              UNION ALL SELECT a.id, -l.quantity, -l.total_cents, -l.vat_cents, 0 FROM orders o
                JOIN order_lines l ON l.order_id = o.id AND l.change_id IS NULL
                JOIN tallied_days a ON a.basis = 'sale' AND o.confirmed_at >= a.begins_at AND o.confirmed_at < a.ends_at
              UNION ALL SELECT a.id, -l.quantity, -l.total_cents, -l.vat_cents, 0 FROM order_changes c
                JOIN order_lines l ON l.change_id = c.id
                JOIN tallied_days a ON a.basis = 'sale' AND c.done_at >= a.begins_at AND c.done_at < a.ends_at
              UNION ALL SELECT a.id, l.quantity, l.total_cents, l.vat_cents, 0 FROM order_lines l
                JOIN tallied_days a ON a.basis = 'sale' AND l.ended_at >= a.begins_at AND l.ended_at < a.ends_at
              UNION ALL SELECT a.id, 0, 0, 0, -1 FROM orders o
                JOIN tallied_days a ON a.basis = 'sale' AND o.confirmed_at >= a.begins_at AND o.confirmed_at < a.ends_at
             ) x ON x.day_id = d.id
           WHERE d.basis = 'sale' GROUP BY d.local_date
          HAVING SUM(x.tickets) <> 0 OR SUM(x.gross) <> 0 OR SUM(x.vat) <> 0 OR SUM(x.orders) <> 0""",
    ),
    (
        "I81",
        "a day of visits that was added up is what its tickets say, unless they were scanned or voided since",
        """SELECT d.local_date, SUM(x.booked) AS booked, SUM(x.admitted) AS admitted FROM tallied_days d JOIN
             (SELECT day_id, booked, admitted FROM visit_tallies
              UNION ALL SELECT a.id, CASE WHEN t.state = 'valid' THEN -t.admissions ELSE 0 END, -t.admitted
                FROM tallied_days a JOIN slots s ON s.local_date = a.local_date JOIN tickets t ON t.slot_id = s.id
               WHERE a.basis = 'visit') x ON x.day_id = d.id
           WHERE d.basis = 'visit' AND d.local_date NOT IN
             (SELECT s.local_date FROM scans c JOIN tickets t ON t.id = c.ticket_id JOIN slots s ON s.id = t.slot_id
               WHERE c.received_at >= (SELECT MAX(made_at) FROM tallied_days WHERE basis = 'visit')
              UNION SELECT s.local_date FROM tickets t JOIN slots s ON s.id = t.slot_id
               WHERE t.voided_at >= (SELECT MAX(made_at) FROM tallied_days WHERE basis = 'visit'))
           GROUP BY d.local_date HAVING SUM(x.booked) <> 0 OR SUM(x.admitted) <> 0""",
    ),
)
