"""What must always be true of mails: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I79",
        "a mail that did not arrive is not sent again by itself, and keeps no address",
        """SELECT j.key, j.state FROM undelivered_mails u JOIN jobs j ON j.id = u.job_id
           WHERE j.state <> 'done' OR CAST(j.payload AS TEXT) LIKE '%"email"%'""",
    ),
)
