"""What is done by the clock rather than after a commit. Every duty may be done twice, by two workers, at any time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import requests

from ticketing.bootstrap import Services
from ticketing.catalogue import closures, crowding, timetable
from ticketing.door import presence, snapshot
from ticketing.flow import house_watch, learning
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import system
from ticketing.foundation.clock import local_date_of
from ticketing.operations import closing, forecasts, payments, reconciling, reporting, waiting
from ticketing.sales import gift_cards

CARDS = system("gift cards")
SEAL_AFTER = timedelta(minutes=2)
HOOK_SECONDS = 10
DAYS_AT_ONCE = 10


@dataclass(frozen=True)
class Duty:
    """Something to do every so many seconds."""

    name: str
    every_seconds: float
    act: Callable[[Services, str], None]


def _beat(services: Services, worker: str) -> None:
    with services.database.transaction() as session:
        jobs.beat(session, worker, now=services.clock.now())


def _sweep(services: Services, _worker: str) -> None:
    payments.sweep(services)


def _reconcile(services: Services, _worker: str) -> None:
    payments.reconcile(services)


def _reconcile_days(services: Services, _worker: str) -> None:
    """Compare yesterday and today with the provider's account: what is written down there late is found too."""
    today = local_date_of(services.clock.now(), services.zone)
    for local_date in (today - timedelta(days=1), today):
        reconciling.reconcile_day(services, local_date)


def _begin_closures(services: Services, _worker: str) -> None:
    with services.database.transaction() as session:
        closures.begin_due(session, now=services.clock.now())


def _carry_out_closures(services: Services, _worker: str) -> None:
    closing.tend(services)


def _lay_out_slots(services: Services, _worker: str) -> None:
    now = services.clock.now()
    first = local_date_of(now, services.zone)
    with services.database.transaction() as session:
        timetable.lay_out(session, first, first + timedelta(days=timetable.DAYS_LAID_OUT), zone=services.zone, now=now)


def _tend_waiting_list(services: Services, _worker: str) -> None:
    waiting.tend(services)


def _widen_waiting_list(services: Services, _worker: str) -> None:
    waiting.widen(services)


def _tally_days(services: Services, _worker: str) -> None:
    reporting.tally_days(services)


def _enqueue_reports(services: Services, _worker: str) -> None:
    reporting.enqueue_reports(services)


def _learn_habits(services: Services, _worker: str) -> None:
    now = services.clock.now()
    with services.database.transaction() as session:
        if not learning.is_learnt(session, local_date_of(now, services.zone)):
            learning.learn(session, zone=services.zone, now=now)


def _enqueue_forecast(services: Services, _worker: str) -> None:
    forecasts.enqueue_forecast(services)


def _watch_house(services: Services, _worker: str) -> None:
    """Follow today's scans: how far each slot may still be sold."""
    _watch(services, days=0)


def _watch_days_ahead(services: Services, _worker: str) -> None:
    _watch(services, days=timetable.DAYS_LAID_OUT)


def _watch(services: Services, *, days: int) -> None:
    """Work it out in readings, a few days to each, so that nobody waits for its writer; write down what differs."""
    now = services.clock.now()
    today = local_date_of(now, services.zone)
    for begin in range(0, days + 1, DAYS_AT_ONCE):
        first, last = (today + timedelta(days=offset) for offset in (begin, min(begin + DAYS_AT_ONCE - 1, days)))
        with services.database.reading() as session:
            wanted = house_watch.watch(session, first, last, zone=services.zone, now=now)
        if wanted:
            with services.database.transaction() as session:
                crowding.set_crowding(session, wanted)


def _expire_gift_cards(services: Services, _worker: str) -> None:
    with services.database.transaction() as session:
        gift_cards.expire_due(session, actor=CARDS, now=services.clock.now())


def _seal_audit(services: Services, _worker: str) -> None:
    settled_before, sealed = services.clock.now() - SEAL_AFTER, 1
    while sealed:  # a handful to a transaction, so that nobody waits long for its writer
        with services.database.transaction() as session:
            sealed = audit.seal(session, settled_before=settled_before)


def _count_inside(services: Services, _worker: str) -> None:
    """Count who is inside and keep it in a file, for when the database cannot be asked."""
    with services.database.reading() as session:
        counted = presence.count(session, zone=services.zone, now=services.clock.now())
    snapshot.write(services.settings.instance_path, counted)


def _deliver_sandbox_events(services: Services, _worker: str) -> None:
    """Let the sandbox knock on our own door as Stripe would: over HTTP, signed, again until it is answered."""
    if services.sandbox is not None:
        services.sandbox.deliver_due(_poster(services), services.clock.now())


def _poster(services: Services) -> Callable[[bytes, str], int]:
    address = f"http://{services.settings.address}/hooks/stripe"

    def post(body: bytes, signature: str) -> int:
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        try:
            return requests.post(address, data=body, headers=headers, timeout=HOOK_SECONDS).status_code
        except requests.RequestException:
            return 503  # not delivered; the sandbox tries again

    return post


DUTIES = (
    Duty("beat", 10, _beat),
    Duty("deliver sandbox events", 1, _deliver_sandbox_events),
    Duty("sweep holds", 30, _sweep),
    Duty("begin closures", 30, _begin_closures),
    Duty("count who is inside", 15, _count_inside),
    Duty("carry out closures", 5, _carry_out_closures),
    Duty("tend waiting list", 5, _tend_waiting_list),
    Duty("widen waiting list", 60, _widen_waiting_list),
    Duty("reconcile", 120, _reconcile),
    Duty("expire gift cards", 600, _expire_gift_cards),
    Duty("reconcile days", 3600, _reconcile_days),
    Duty("seal audit", 60, _seal_audit),
    Duty("lay out slots", 3600, _lay_out_slots),
    Duty("tally days", 600, _tally_days),
    Duty("enqueue reports", 600, _enqueue_reports),
    Duty("learn habits", 3600, _learn_habits),
    Duty("enqueue forecast", 1800, _enqueue_forecast),
    Duty("watch house", 60, _watch_house),
    Duty("watch days ahead", 600, _watch_days_ahead),
)
