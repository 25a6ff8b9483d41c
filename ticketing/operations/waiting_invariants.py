"""What must always be true of the waiting list: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I50",
        "an offer that stands holds exactly its places, in its slot",
        """SELECT f.id, f.people, COALESCE(a.held, 0) AS held FROM waiting_offers f LEFT JOIN
             (SELECT holder, slot_id, SUM(admissions) AS held FROM allocations
               WHERE state = 'held' AND expires_at > :now GROUP BY holder, slot_id) a
             ON a.holder = f.uuid AND a.slot_id = f.slot_id
           WHERE f.state = 'open' AND f.expires_at > :now AND COALESCE(a.held, 0) <> f.people""",
    ),
    (
        "I51",
        "an offer that no longer stands holds nothing, and none has sold anything",
        """SELECT f.id, f.state, a.id FROM waiting_offers f JOIN allocations a ON a.holder = f.uuid
           WHERE a.state = 'sold' OR (a.state = 'held' AND f.state <> 'open')""",
    ),
    (
        "I52",
        "an offer is for all of a party, in a slot they wait for, and ends before that begins",
        """SELECT f.id, f.people, e.people AS wanted FROM waiting_offers f JOIN waiting_entries e ON e.id = f.entry_id
             JOIN slots s ON s.id = f.slot_id
           WHERE f.people <> e.people OR (f.state = 'open' AND f.expires_at > s.starts_at)
              OR NOT EXISTS (SELECT 1 FROM awaited_slots w WHERE w.entry_id = e.id AND w.slot_id = f.slot_id)""",
    ),
    (
        "I53",
        "nobody whose waiting is over has an offer that stands",
        """SELECT e.id, e.state, f.id FROM waiting_entries e JOIN waiting_offers f ON f.entry_id = e.id
           WHERE e.state <> 'waiting' AND f.state = 'open'""",
    ),
    (
        "I54",
        "an offer is bought when its basket was confirmed as an order, and stays so; a wait is bought by an offer",
        """SELECT 'offer' AS what, f.id FROM waiting_offers f LEFT JOIN orders o ON o.hold_id = f.hold_id
            WHERE (f.state = 'bought') <> (o.confirmed_at IS NOT NULL)
           UNION ALL SELECT 'entry', e.id FROM waiting_entries e WHERE e.state = 'bought' AND NOT EXISTS
             (SELECT 1 FROM waiting_offers f WHERE f.entry_id = e.id AND f.state = 'bought')""",
    ),
    (
        "I55",
        "places are saved up only for who waits, in one slot, and for fewer than they are",
        """SELECT e.id, e.state, SUM(a.admissions) AS saved FROM waiting_entries e JOIN allocations a
             ON a.holder = e.uuid AND a.state = 'held' AND a.expires_at > :now
           GROUP BY e.id, e.state, e.people
          HAVING e.state <> 'waiting' OR SUM(a.admissions) >= e.people OR COUNT(DISTINCT a.slot_id) > 1""",
    ),
    (
        "I56",
        "every offer was mailed once, and so was the end of every wait that came to nothing",
        """SELECT 'offer' AS what, f.id, COUNT(j.id) AS mails FROM waiting_offers f
             LEFT JOIN jobs j ON j.key = 'waiting-offer:' || f.uuid GROUP BY f.id HAVING COUNT(j.id) <> 1
           UNION ALL SELECT 'entry', e.id, COUNT(j.id) FROM waiting_entries e
             LEFT JOIN jobs j ON j.key = 'waiting-over:' || e.uuid
            WHERE e.state IN ('ended', 'removed') GROUP BY e.id HAVING COUNT(j.id) <> 1""",
    ),
)
