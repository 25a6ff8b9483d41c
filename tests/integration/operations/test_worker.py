"""The outbox and who empties it: leased, retried, fenced, given up in the open."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from ticketing.bootstrap import Services
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import system
from ticketing.foundation.database import Database
from ticketing.foundation.jobs import LEASE_SECONDS, MAXIMUM_ATTEMPTS, Job, JobNotFound, JobState
from ticketing.mail.transport import MailUnreachable
from ticketing.operations import gauges, invariants, schedule, worker


def enqueue(database: Database, now, *keys: str) -> None:
    with database.transaction() as session:
        for key in keys:
            jobs.enqueue(session, "send_confirmation", key, now=now, order_id=1)


def claim(database: Database, now) -> list[jobs.ClaimedJob]:
    with database.transaction() as session:
        return jobs.claim(session, now=now, limit=100)


def states(database: Database) -> dict[str, JobState]:
    with database.reading() as session:
        return {job.key: job.state for job in session.scalars(select(Job))}


def test_the_same_key_is_one_job(database, now) -> None:
    enqueue(database, now, "a", "a", "b")

    assert sorted(states(database)) == ["a", "b"]


def test_what_was_not_committed_never_happened(database, now) -> None:
    def lose_power() -> None:
        with database.transaction() as session:
            jobs.enqueue(session, "send_confirmation", "a", now=now)
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        lose_power()

    assert states(database) == {}


def test_a_claimed_job_is_nobody_elses_until_its_lease_runs_out(database, now) -> None:
    enqueue(database, now, "a")

    first = claim(database, now)

    assert claim(database, now + timedelta(seconds=LEASE_SECONDS - 1)) == []
    second = claim(database, now + timedelta(seconds=LEASE_SECONDS))
    assert [job.attempts for job in first + second] == [1, 2]


def test_a_worker_whose_lease_ran_out_cannot_settle_what_another_has_in_hand(database, now) -> None:
    enqueue(database, now, "a")
    (slow,) = claim(database, now)
    later = now + timedelta(seconds=LEASE_SECONDS)
    claim(database, later)

    with database.transaction() as session:
        jobs.finish(session, slow, now=later)

    assert states(database) == {"a": JobState.RUNNING}


def test_a_failure_waits_longer_each_time_and_is_given_up_in_the_open(database, now) -> None:
    enqueue(database, now, "a")
    waits, moment = [], now
    for _ in range(MAXIMUM_ATTEMPTS):
        (job,) = claim(database, moment)
        with database.transaction() as session:
            jobs.fail(session, job, "the server says no", now=moment)
        with database.reading() as session:
            told = session.scalars(select(Job)).one()
        waits.append(told.run_at - moment)
        moment = max(told.run_at, moment)

    assert waits[0] < waits[2] < waits[4] <= timedelta(hours=1.2)
    assert (told.state, told.error) == (JobState.FAILED, "the server says no")
    assert claim(database, moment + timedelta(days=1)) == []
    with database.transaction() as session:
        assert (jobs.count_failed(session), [job.key for job in jobs.list_failed(session, limit=5)]) == (1, ["a"])
        jobs.revive(session, told.id, now=moment)
    assert [job.attempts for job in claim(database, moment)] == [1]


def test_a_job_that_is_not_there_is_said_to_be_not_there(session) -> None:
    with pytest.raises(JobNotFound):
        jobs.get_job(session, 1)


def test_many_workers_take_each_job_once(own_database, now) -> None:
    enqueue(own_database, now, *(f"job-{number}" for number in range(40)))
    taken: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        while True:
            with own_database.transaction() as session:
                claimed = jobs.claim(session, now=now, limit=3)
            if not claimed:
                return
            with lock:
                taken.extend(job.key for job in claimed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == 40


def test_a_mail_server_that_is_away_loses_nothing(services: Services, clock, mailbox) -> None:
    with services.database.transaction() as session:
        make.confirmed_order(session, make.priced_slot(session), clock.now())
    sent, mailbox.send = mailbox.send, _away

    worker.run_jobs(services)

    assert mailbox.messages == []
    assert set(states(services.database).values()) == {JobState.WAITING}
    mailbox.send = sent
    clock.advance(minutes=1)
    worker.run_jobs(services)
    assert len(mailbox.messages) == 1
    assert set(states(services.database).values()) == {JobState.DONE}


def _away(message) -> None:
    raise MailUnreachable("The mail server does not answer.")


def test_every_duty_may_be_done_again_and_leaves_the_ledger_sound(services: Services) -> None:
    with services.database.transaction() as session:
        make.opening_hours(session)
        make.confirmed_order(session, make.priced_slot(session), services.clock.now())

    for _ in range(2):
        for duty in schedule.DUTIES:
            duty.act(services, "test")

    with services.database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []
        assert jobs.last_beat(session) == services.clock.now()


def test_gauges_tell_what_waits_and_what_was_given_up(database, now) -> None:
    enqueue(database, now, "a", "b")
    (job, _) = claim(database, now)
    with database.transaction() as session:
        session.get_one(Job, job.id).state = JobState.FAILED

    with database.reading() as session:
        told = {name: value for name, (_, value) in gauges.read(session, now=now + timedelta(seconds=30)).items()}

    assert told["foyer_jobs_failed"] == 1
    assert told["foyer_orders_confirmed"] == 0


def test_the_audit_log_is_sealed_behind_its_writers_and_a_cut_is_seen(database, now) -> None:
    with database.transaction() as session:
        order = make.confirmed_order(session, make.priced_slot(session), now)
        audit.record(session, "order.looked_at", order, actor=system("test"), now=now)
        audit.seal(session, settled_before=now + timedelta(minutes=5))
    with database.reading() as session:
        assert [each.id for each in invariants.violations(session, now=now)] == []

    with database.transaction() as session:
        session.scalars(select(audit.AuditEntry).limit(1)).one().details = {"amount_cents": 1}

    with database.reading() as session:
        assert [each.id for each in invariants.violations(session, now=now)] == ["I26"]
