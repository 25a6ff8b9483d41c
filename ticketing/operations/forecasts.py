"""The forecast by the clock: asked for once a day, and made anew by the worker."""

from __future__ import annotations

from ticketing.bootstrap import Services
from ticketing.flow import forecasting
from ticketing.flow.forecasting import Made
from ticketing.foundation import jobs
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.jobs import ClaimedJob


def enqueue_forecast(services: Services) -> None:
    """Write the job of the day, where there is a past to learn from."""
    now, zone = services.clock.now(), services.zone
    with services.database.transaction() as session:
        if forecasting.has_history(session, zone=zone, now=now):
            jobs.enqueue(session, "make_forecast", f"forecast:{local_date_of(now, zone).isoformat()}", now=now)


def make_forecast(services: Services, _job: ClaimedJob) -> None:
    """Do the job; twice is as good as once."""
    make(services)


def make(services: Services) -> Made:
    """Make the forecast anew: read, reckon while nobody waits for the database, write."""
    now = services.clock.now()
    with services.database.reading() as session:
        known = forecasting.load(session, zone=services.zone, now=now)
    made = forecasting.work_out(known)
    with services.database.transaction() as session:
        forecasting.keep(session, made, now=now)
    return made
