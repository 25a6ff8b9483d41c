"""What must always be true of the forecast that is kept: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I62",
        "the slots of a day's forecast add up to the day",
        """SELECT d.local_date, d.mid, COALESCE(SUM(s.mid), 0) AS of_slots FROM day_forecasts d
           LEFT JOIN slot_forecasts s ON s.day_id = d.id
           GROUP BY d.id, d.local_date, d.mid HAVING COALESCE(SUM(s.mid), 0) <> d.mid""",
    ),
    (
        "I63",
        "all days were forecast together, and every slot with its own day",
        """SELECT d.local_date, d.made_at, NULL AS slot_id FROM day_forecasts d
            WHERE d.made_at <> (SELECT MAX(made_at) FROM day_forecasts)
           UNION ALL SELECT d.local_date, d.made_at, s.id FROM day_forecasts d
             JOIN slot_forecasts f ON f.day_id = d.id JOIN slots s ON s.id = f.slot_id
            WHERE s.local_date <> d.local_date""",
    ),
)
