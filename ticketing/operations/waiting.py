"""The waiting list by the clock, and its mails. Every step is a transaction of its own; all may be done twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.foundation.jobs import ClaimedJob
from ticketing.operations.mailing import letterhead
from ticketing.sales import (
    waiting_endings,
    waiting_letters,
    waiting_list,
    waiting_offers,
    waiting_serving,
)
from ticketing.sales.documents import MailJob
from ticketing.sales.waiting_letters import Wait
from ticketing.sales.waiting_models import OfferState, WaitingEntry, WaitingOffer


def tend(services: Services) -> None:
    """End what is over, and offer what has come free, slot by slot: nobody waits long for a lock."""
    now, database = services.clock.now(), services.database
    for step in (waiting_endings.withdraw_closed, waiting_endings.lapse_due):
        with database.transaction() as session:
            step(session, now=now)
    with database.reading() as session:
        with_places = waiting_serving.find_to_serve(session, now=now)
    for slot_id in with_places:
        with database.transaction() as session:
            waiting_serving.serve(session, [slot_id], now=now)
    with database.transaction() as session:
        waiting_endings.end_due(session, now=now)


def widen(services: Services) -> None:
    """Let those who wait for any slot of a span wait for new slots too, and forget who waited long ago."""
    now = services.clock.now()
    with services.database.transaction() as session:
        waiting_list.widen(session, zone=services.zone, now=now)
        waiting_endings.forget_addresses(session, now=now)


def send_asked(services: Services, job: ClaimedJob) -> None:
    """Confirm to somebody that they are on the list."""
    with services.database.reading() as session:
        wait = _wait(session, job.payload["entry_id"], services)
    if wait.to:
        services.mail.send(waiting_letters.asked(wait, letterhead(services), job=_mail_job(job)))


def send_full(services: Services, job: ClaimedJob) -> None:
    """Tell somebody who waits for as much as one may that they have to leave something first."""
    with services.database.reading() as session:
        wait = _wait(session, job.payload["entry_id"], services)
        others = [_view(session, each, services) for each in waiting_list.open_entries_of(session, wait.to or "")]
    if wait.to:
        services.mail.send(waiting_letters.full(wait, others, letterhead(services), job=_mail_job(job)))


def send_offer(services: Services, job: ClaimedJob) -> None:
    """Offer somebody their places, over night if need be; one that is over before its mail is sent needs none."""
    with services.database.transaction() as session:
        secret = session.get_one(WaitingOffer, job.payload["offer_id"]).secret
        waiting_offers.stand_through_night(session, secret, zone=services.zone, now=services.clock.now())
    with services.database.reading() as session:
        offer = waiting_offers.get_offer(session, secret)
        wait = _wait(session, offer.entry_id, services)
    if wait.to and offer.state is OfferState.OPEN and offer.expires_at > services.clock.now():
        services.mail.send(waiting_letters.offered(wait, offer, letterhead(services), key=job.key))


def send_news(services: Services, job: ClaimedJob) -> None:
    """Tell somebody that an offer or their waiting has ended, and why."""
    with services.database.reading() as session:
        wait = _wait(session, job.payload["entry_id"], services)
    if wait.to:
        why, reasons = job.payload["why"], job.payload["reasons"]
        message = waiting_letters.news(wait, why, reasons, letterhead(services), job=_mail_job(job))
        services.mail.send(message)


def _wait(session: Session, entry_id: int, services: Services) -> Wait:
    secret = session.get_one(WaitingEntry, entry_id).secret
    return _view(session, waiting_list.get_entry(session, secret), services)


def _view(session: Session, entry: WaitingEntry, services: Services) -> Wait:
    return waiting_letters.wait_of(entry, waiting_list.tickets_of(session, entry), services.zone)


def _mail_job(job: ClaimedJob) -> MailJob:
    return MailJob(job.key, datetime.fromisoformat(job.payload["asked_at"]))
