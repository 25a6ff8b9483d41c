"""Closing the centre or one experience, and opening again."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureNotFound, ClosureRequest, ClosureTooShort, ReasonMissing
from ticketing.catalogue.models import ClosureState, OpeningException, OpeningHours
from ticketing.catalogue.opening import hours_on, status_at
from ticketing.foundation.actors import staff, system
from ticketing.foundation.audit import AuditEntry

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
REASONS = {"nl": "dak", "fr": "toit", "en": "roof", "de": "Dach"}
ALICE = staff(1, "Alice")


def request(starts_at: datetime = NOW, ends_at: datetime | None = None) -> ClosureRequest:
    return ClosureRequest(REASONS, starts_at, ends_at)


def audit_codes(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEntry.code).order_by(AuditEntry.id)))


def test_closing_now_is_in_force_at_once_and_in_the_audit_log(session: Session) -> None:
    closure = closures.close(session, request(), actor=ALICE, now=NOW)

    assert (closure.state, closure.closed_by) == (ClosureState.IN_FORCE, "Alice")
    assert closures.find_in_force(session, now=NOW) == [closure]
    assert audit_codes(session) == ["closure.began"]


def test_closing_later_is_planned_and_takes_effect_by_its_times_alone(session: Session) -> None:
    closure = closures.close(session, request(NOW + HOUR, NOW + 3 * HOUR), actor=ALICE, now=NOW)

    assert closure.state is ClosureState.PLANNED
    assert closures.find_in_force(session, now=NOW) == []
    assert closures.find_planned(session, now=NOW) == [closure]
    assert closures.find_in_force(session, now=NOW + HOUR) == [closure]
    assert closures.find_in_force(session, now=NOW + 3 * HOUR) == []
    assert audit_codes(session) == ["closure.planned"]


def test_every_language_needs_a_reason(session: Session) -> None:
    silent = ClosureRequest(REASONS | {"fr": "  "}, NOW)

    with pytest.raises(ReasonMissing) as refusal:
        closures.close(session, silent, actor=ALICE, now=NOW)

    assert refusal.value.details == {"field": "reasons", "languages": ["fr"]}


@pytest.mark.parametrize(
    ("starts_at", "ends_at"), [(NOW + HOUR, NOW + HOUR), (NOW + HOUR, NOW), (NOW - 2 * HOUR, NOW - HOUR)]
)
def test_a_closure_ends_after_it_starts_and_after_now(session: Session, starts_at: datetime, ends_at: datetime) -> None:
    with pytest.raises(ClosureTooShort):
        closures.close(session, request(starts_at, ends_at), actor=ALICE, now=NOW)


def test_lifting_opens_again_and_says_who_did_it(session: Session) -> None:
    closure = closures.close(session, request(), actor=ALICE, now=NOW)

    closures.lift(session, closure, actor=staff(2, "Bob"), now=NOW + HOUR)

    assert (closure.state, closure.ended_at, closure.ended_by) == (ClosureState.LIFTED, NOW + HOUR, "Bob")
    assert closures.find_in_force(session, now=NOW + HOUR) == []
    assert audit_codes(session) == ["closure.began", "closure.lifted"]


def test_lifting_twice_is_lifting_once(session: Session) -> None:
    closure = closures.close(session, request(), actor=ALICE, now=NOW)

    closures.lift(session, closure, actor=ALICE, now=NOW + HOUR)
    closures.lift(session, closure, actor=ALICE, now=NOW + 2 * HOUR)

    assert closure.ended_at == NOW + HOUR
    assert audit_codes(session) == ["closure.began", "closure.lifted"]


def test_a_closure_that_has_not_begun_is_withdrawn(session: Session) -> None:
    closure = closures.close(session, request(NOW + HOUR), actor=ALICE, now=NOW)

    closures.lift(session, closure, actor=ALICE, now=NOW)

    assert closure.state is ClosureState.WITHDRAWN
    assert closures.find_in_force(session, now=NOW + 2 * HOUR) == []
    assert audit_codes(session) == ["closure.planned", "closure.withdrawn"]


def test_a_closure_that_began_before_the_worker_came_round_is_lifted_not_withdrawn(session: Session) -> None:
    closure = closures.close(session, request(NOW + HOUR), actor=ALICE, now=NOW)

    closures.lift(session, closure, actor=ALICE, now=NOW + 2 * HOUR)

    assert closure.state is ClosureState.LIFTED
    assert audit_codes(session) == ["closure.planned", "closure.began", "closure.lifted"]


def test_the_worker_begins_what_is_due_once(session: Session) -> None:
    due = closures.close(session, request(NOW + HOUR), actor=ALICE, now=NOW)
    later = closures.close(session, request(NOW + 5 * HOUR), actor=ALICE, now=NOW)

    assert [closures.begin_due(session, now=NOW + HOUR) for _ in range(2)] == [1, 0]
    assert (due.state, later.state) == (ClosureState.IN_FORCE, ClosureState.PLANNED)


def test_overlapping_closures_stand_beside_each_other(session: Session) -> None:
    first = closures.close(session, request(NOW, NOW + 3 * HOUR), actor=ALICE, now=NOW)
    second = closures.close(session, request(NOW + HOUR, None), actor=ALICE, now=NOW)

    assert closures.find_in_force(session, now=NOW + 2 * HOUR) == [first, second]
    closures.lift(session, first, actor=ALICE, now=NOW + 2 * HOUR)
    assert closures.find_in_force(session, now=NOW + 2 * HOUR) == [second]


def test_spans_are_what_holds_or_will_hold_and_not_what_is_over(session: Session) -> None:
    over = closures.close(session, request(NOW, NOW + HOUR), actor=ALICE, now=NOW)
    planned = closures.close(session, request(NOW + 2 * HOUR), actor=ALICE, now=NOW)
    lifted = closures.close(session, request(NOW + 2 * HOUR), actor=ALICE, now=NOW)
    closures.lift(session, lifted, actor=ALICE, now=NOW)

    assert [span.closure_id for span in closures.spans(session, now=NOW)] == [over.id, planned.id]
    assert [span.closure_id for span in closures.spans(session, now=NOW + HOUR)] == [planned.id]


def test_a_closure_of_chosen_experiences_is_loaded_with_them_and_is_a_span_of_each(session: Session) -> None:
    chosen = [make.experience(session, slug).id for slug in ("dome", "kitchen")]
    make.experience(session, "visit")

    closure = closures.close(session, ClosureRequest(REASONS, NOW, None, tuple(chosen)), actor=ALICE, now=NOW)

    assert {each.id for each in closures.get_closure(session, closure.id).experiences} == set(chosen)
    assert [span.experience_id for span in closures.spans(session, now=NOW)] == chosen


def test_a_closure_nobody_made_is_not_found(session: Session) -> None:
    with pytest.raises(ClosureNotFound):
        closures.get_closure(session, 424242)


def test_the_calendar_holds_hours_exceptions_and_closures(session: Session) -> None:
    session.add(OpeningHours(weekday=1, valid_from=date(2020, 1, 1), opens_at_local=time(10), closes_at_local=time(16)))
    session.add(OpeningException(local_date=date(2026, 12, 25), reasons=REASONS))
    closures.close(session, request(NOW + HOUR, NOW + 2 * HOUR), actor=system("test"), now=NOW)

    calendar = closures.load_calendar(session, BRUSSELS)

    assert hours_on(calendar, date(2026, 12, 25)).reasons == REASONS
    assert status_at(calendar, NOW).until == NOW + HOUR
    assert status_at(calendar, NOW + HOUR).next_opening == NOW + 2 * HOUR
