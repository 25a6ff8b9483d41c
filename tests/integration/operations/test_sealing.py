"""The audit log's chain: closed behind the writers, in the order of ids, whatever the clocks of the entries say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from ticketing.foundation import audit
from ticketing.foundation.actors import system
from ticketing.foundation.audit import AuditEntry
from ticketing.operations import invariants, schedule


@dataclass
class Subject:
    id: int = 1
    __tablename__ = "gates"


def write(database, *instants) -> None:
    with database.transaction() as session:
        for instant in instants:
            audit.record(session, "gate.added", Subject(), actor=system("test"), now=instant)
            session.flush()


def seal(database, settled_before) -> int:
    with database.transaction() as session:
        return audit.seal(session, settled_before=settled_before)


def sealed(database) -> list[bool]:
    with database.reading() as session:
        return [mark is not None for mark in session.scalars(select(AuditEntry.seal).order_by(AuditEntry.id))]


def violated(services_or_database, now) -> list[str]:
    with services_or_database.reading() as session:
        return [each.id for each in invariants.violations(session, now=now)]


def test_a_later_entry_with_an_earlier_time_waits_for_those_before_it(database, now) -> None:
    """A request that waited for a lock writes the later id with the earlier time."""
    write(database, now, now - timedelta(milliseconds=300))

    first = seal(database, now - timedelta(milliseconds=100))
    then = seal(database, now + timedelta(minutes=1))

    assert (first, then) == (0, 2)
    assert violated(database, now) == []


def test_the_chain_stops_before_the_first_entry_that_may_still_be_joined(database, now) -> None:
    old, young = now - timedelta(hours=1), now
    write(database, old, old, young, old)

    assert seal(database, now) == 2
    assert sealed(database) == [True, True, False, False]
    assert seal(database, now + timedelta(seconds=1)) == 2
    assert violated(database, now) == []


def test_one_duty_seals_all_that_is_settled_however_much_it_is(services, now, monkeypatch) -> None:
    monkeypatch.setattr(audit, "SEAL_BATCH", 5)
    write(services.database, *[now - timedelta(hours=1)] * 23)

    (duty,) = [each for each in schedule.DUTIES if each.name == "seal audit"]
    duty.act(services, "test")

    assert all(sealed(services.database))
