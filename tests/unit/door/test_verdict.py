"""The table of verdicts: one row a situation, one reason each. The scanner's script is held to the same rows.

The rows stand in tests/fixtures/verdicts.json as the interface tells them: a ticket and an attempt, and of each row
what differs from them. tests/browser/test_scanner.py asks the script.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from ticketing.catalogue.opening import ClosedSpan
from ticketing.catalogue.reentry import Reentry
from ticketing.door.merging import Merged, Passage, Terms, returning
from ticketing.door.verdict import ADMIT, Attempt, Direction, Judgement, Reason, TicketFacts, Verdict, judge

TABLE = json.loads((Path(__file__).parents[2] / "fixtures" / "verdicts.json").read_text(encoding="utf-8"))
CASES, RETURNING = TABLE["cases"], TABLE["returning"]
EXPERIENCES = {"visit": 1, "lightning": 2, None: None}


def facts(told: dict | None) -> TicketFacts | None:
    if told is None:
        return None
    ticket = TABLE["ticket"] | told
    return TicketFacts(
        is_void=ticket["opens"] == "void",
        is_confirmed=ticket["opens"] != "unpaid",
        experience_id=EXPERIENCES[ticket["experience"]],
        local_date=date.fromisoformat(ticket["local_date"]),
        starts_at=datetime.fromisoformat(ticket["starts_at"]),
        admits_from=datetime.fromisoformat(ticket["admits_from"]),
        admits_until=datetime.fromisoformat(ticket["admits_until"]),
        admissions=ticket["admissions"],
        admitted=ticket["admitted"],
        inside=ticket["inside"],
        returning=ticket["returning"],
    )


def attempted(told: dict) -> Attempt:
    attempt = TABLE["attempt"] | told
    return Attempt(
        Direction(attempt["direction"]),
        attempt["admissions"],
        datetime.fromisoformat(attempt["at"]),
        date.fromisoformat(attempt["local_date"]),
        attempt["is_checked"],
    )


def spans(told: list[dict]) -> list[ClosedSpan]:
    return [
        ClosedSpan(
            number,
            EXPERIENCES[span["experience"]],
            datetime.fromisoformat(span["starts_at"]),
            datetime.fromisoformat(span["ends_at"]) if span["ends_at"] else None,
            {},
        )
        for number, span in enumerate(told)
    ]


def back(ticket: dict, attempt: dict) -> int:
    """Ask how many of those who come in were in before; who goes out is not asked."""
    if attempt["direction"] == "out":
        return 0
    first = ticket["first_in"]
    merged = Merged(
        ticket["admitted"],
        ticket["admitted"] - ticket["inside"],
        ticket["inside"],
        datetime.fromisoformat(first) if first else None,
    )
    terms = Terms(ticket["admissions"], Reentry(ticket["reentry"]), ticket["reentry_minutes"])
    at = datetime.fromisoformat(attempt["at"])
    return returning(merged, terms, Passage(at, "this", Direction.IN, attempt["admissions"], attempt["has_stamp"]))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_every_situation_has_one_verdict(case):
    expected = Judgement(Verdict.REFUSE, Reason(case["reason"])) if case["reason"] else ADMIT

    assert judge(facts(case["ticket"]), attempted(case["attempt"]), spans(case.get("closures", []))) == expected


def test_every_reason_is_reached_by_a_case():
    assert {case["reason"] for case in CASES} == {*Reason, None}


@pytest.mark.parametrize("case", RETURNING, ids=[case["case"] for case in RETURNING])
def test_who_was_in_before_comes_in_again_by_the_rule(case):
    ticket, attempt = TABLE["ticket_of_returning"] | case["ticket"], TABLE["attempt_of_returning"] | case["attempt"]

    assert back(ticket, attempt) == case["people"]
