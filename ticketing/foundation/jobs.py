"""The outbox: what must follow a commit is a row written in it, and a worker does it afterwards, at least once.

Claimed by lease, retried with back-off, fenced by the attempt's number, shown to a manager when dead.
A job's act must stand being done twice: its `key` is the idempotency key of what it does (Message-ID, refund key).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime, insert_into
from ticketing.foundation.errors import NotFound

MAXIMUM_ATTEMPTS = 8
LEASE_SECONDS = 60
LONGEST_WAIT = timedelta(hours=1)


class JobNotFound(NotFound):
    """There is no such job."""

    code = "job_not_found"


class JobState(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"  # due at run_at
    RUNNING = "running"  # leased until lease_until; after that anyone may take it again
    DONE = "done"
    FAILED = "failed"  # gave up; a person has to look


JOB_MOVES = {
    JobState.WAITING: {JobState.RUNNING, JobState.DONE},
    JobState.RUNNING: {JobState.RUNNING, JobState.WAITING, JobState.DONE, JobState.FAILED},
    JobState.FAILED: {JobState.WAITING, JobState.DONE},
    JobState.DONE: set[JobState](),
}


class Job(Base):
    """Something to do after the commit that wrote it."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    state: Mapped[JobState] = mapped_column(State(JobState), default=JobState.WAITING)
    run_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WorkerBeat(Base):
    """When a worker was last seen at work; /readyz looks at the youngest."""

    __tablename__ = "worker_beats"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    beaten_at: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job in a worker's hands; `attempts` fences it against a worker whose lease has run out."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int


def enqueue(
    session: Session, kind: str, key: str, *, now: datetime, run_at: datetime | None = None, **payload: Any
) -> None:
    """Write a job into this transaction; the same key again is already so."""
    values = {
        "kind": kind,
        "key": key,
        "payload": payload,
        "state": JobState.WAITING,
        "run_at": run_at or now,
        "attempts": 0,
        "created_at": now,
    }
    session.execute(insert_into(session, Job).values(**values).on_conflict_do_nothing(index_elements=["key"]))


def claim(session: Session, *, now: datetime, limit: int = 5) -> list[ClaimedJob]:
    """Lease up to `limit` due jobs, the oldest first; a lease that ran out is due again."""
    due = (
        select(Job.id)
        .where(
            ((Job.state == JobState.WAITING) & (Job.run_at <= now))
            | ((Job.state == JobState.RUNNING) & (Job.lease_until <= now))
        )
        .order_by(Job.run_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(due).all()
    if not ids:
        return []
    lease = (
        update(Job)
        .where(Job.id.in_(ids))
        .values(state=JobState.RUNNING, lease_until=now + timedelta(seconds=LEASE_SECONDS), attempts=Job.attempts + 1)
        .returning(Job.id, Job.kind, Job.key, Job.payload, Job.attempts)
        .execution_options(synchronize_session=False)
    )
    return sorted((ClaimedJob(*row) for row in session.execute(lease)), key=lambda job: job.id)


def finish(session: Session, job: ClaimedJob, *, now: datetime) -> None:
    """Mark the job done, unless another worker has taken it meanwhile."""
    _settle(session, job, state=JobState.DONE, done_at=now, lease_until=None, error=None)


def fail(session: Session, job: ClaimedJob, error: str, *, now: datetime) -> None:
    """Put the job back with a longer wait (4^attempts seconds, up to an hour), or give up after eight attempts."""
    if job.attempts >= MAXIMUM_ATTEMPTS:
        _settle(session, job, state=JobState.FAILED, lease_until=None, error=error[:2000])
        return
    wait = min(LONGEST_WAIT, timedelta(seconds=4**job.attempts)) * random.uniform(0.8, 1.2)
    _settle(session, job, state=JobState.WAITING, run_at=now + wait, lease_until=None, error=error[:2000])


def close(session: Session, job_id: int, *, now: datetime) -> None:
    """End a job whose act is not to be tried again, whoever has it in hand."""
    standing = update(Job).where(Job.id == job_id, Job.state != JobState.DONE)
    session.execute(standing.values(state=JobState.DONE, done_at=now, lease_until=None, error=None))


def forget(session: Session, job_id: int, name: str) -> None:
    """Take a value that is somebody's own out of a job whose act is done: the row stays, the value does not."""
    job = session.get_one(Job, job_id, populate_existing=True)
    job.payload = {key: value for key, value in job.payload.items() if key != name}


def revive(session: Session, job_id: int, *, now: datetime) -> None:
    """Give a job that was given up on a fresh set of attempts."""
    statement = update(Job).where(Job.id == job_id, Job.state == JobState.FAILED)
    session.execute(statement.values(state=JobState.WAITING, attempts=0, run_at=now))


def list_failed(session: Session, *, limit: int) -> list[Job]:
    """Load the jobs that were given up, the newest first."""
    return list(session.scalars(select(Job).where(Job.state == JobState.FAILED).order_by(Job.id.desc()).limit(limit)))


def count_failed(session: Session) -> int:
    """Count the jobs that were given up."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.state == JobState.FAILED)) or 0


def get_job(session: Session, job_id: int) -> Job:
    """Load a job; raises JobNotFound."""
    job = session.get(Job, job_id)
    if job is None:
        raise JobNotFound("This job does not exist.")
    return job


def oldest_waiting(session: Session, *, now: datetime) -> datetime | None:
    """Return since when the longest-waiting due job has been due (instant), None when nothing waits."""
    due = select(func.min(Job.run_at)).where(Job.state == JobState.WAITING, Job.run_at <= now)
    return session.scalar(due)


def beat(session: Session, worker: str, *, now: datetime) -> None:
    """Note that this worker is alive."""
    seen = insert_into(session, WorkerBeat).values(name=worker, beaten_at=now)
    session.execute(seen.on_conflict_do_update(index_elements=["name"], set_={"beaten_at": now}))


def last_beat(session: Session) -> datetime | None:
    """Return when any worker was last alive (instant), None when there never was one."""
    return session.scalar(select(func.max(WorkerBeat.beaten_at)))


def _settle(session: Session, job: ClaimedJob, **changes: Any) -> None:
    mine = update(Job).where(Job.id == job.id, Job.attempts == job.attempts, Job.state == JobState.RUNNING)
    session.execute(mine.values(**changes).execution_options(synchronize_session=False))
