"""The mails of the waiting list: you wait, here are your places, they went on, none came free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ticketing.foundation.languages import Texts
from ticketing.mail import rendering
from ticketing.mail.messages import Message
from ticketing.sales.documents import Letterhead, MailJob, letter
from ticketing.sales.waiting_models import WaitingEntry, WaitingOffer


@dataclass(frozen=True, slots=True)
class Wait:
    """What somebody waits for, as mails and pages say it. Instants are local; `to` is None once forgotten."""

    to: str | None
    language: str
    secret: str
    experience_slug: str
    experience: Texts
    tickets: tuple[tuple[int, Texts], ...]
    people: int
    slot_starts_at_local: datetime | None  # None: any slot of the span
    first: date
    last: date
    from_local: time | None
    to_local: time | None


def wait_of(entry: WaitingEntry, tickets: Sequence[tuple[int, Texts]], zone: ZoneInfo) -> Wait:
    """Look at an entry that was loaded with its experience and slot."""
    return Wait(
        to=entry.email,
        language=entry.language,
        secret=entry.secret,
        experience_slug=entry.experience.slug,
        experience=entry.experience.names,
        tickets=tuple(tickets),
        people=entry.people,
        slot_starts_at_local=entry.slot.starts_at.astimezone(zone) if entry.slot else None,
        first=entry.first_date,
        last=entry.last_date,
        from_local=entry.from_local,
        to_local=entry.to_local,
    )


def asked(wait: Wait, head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail that confirms that somebody waits, with the way to leave the list."""
    return _mail("waiting_asked", wait, head, job)


def full(wait: Wait, others: Sequence[Wait], head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail to somebody who waits for so much that nothing more can be added."""
    listed = [(each, entry_url(each, head)) for each in others]
    return _mail("waiting_full", wait, head, job, others=listed)


def offered(wait: Wait, offer: WaitingOffer, head: Letterhead, *, key: str) -> Message:
    """Write the mail that offers somebody their places until a time."""
    return _mail(
        "waiting_offer", wait, head, MailJob(key, offer.offered_at),
        offer_url=f"{head.public_url}/{wait.language}/tickets/waiting/offers/{offer.secret}/",
        starts_at_local=offer.slot.starts_at.astimezone(head.zone),
        until_local=offer.expires_at.astimezone(head.zone),
        is_same_day=offer.offered_at.astimezone(head.zone).date() == offer.expires_at.astimezone(head.zone).date(),
    )  # fmt: skip


def news(wait: Wait, why: str, reasons: Mapping[str, str], head: Letterhead, *, job: MailJob) -> Message:
    """Write the mail about an offer or a wait that has ended: lapsed, dropped, closed, nothing, removed."""
    return _mail("waiting_news", wait, head, job, why=why, reasons=reasons)


def entry_url(wait: Wait, head: Letterhead) -> str:
    """Return where somebody sees and leaves the list."""
    return f"{head.public_url}/{wait.language}/tickets/waiting/{wait.secret}/"


def _mail(name: str, wait: Wait, head: Letterhead, job: MailJob, **more: object) -> Message:
    assert wait.to is not None, "nobody writes to an address that was forgotten"
    shop = f"{head.public_url}/{wait.language}/tickets/{wait.experience_slug}/"
    words = rendering.render(
        name, wait.language, wait=wait, entry_url=entry_url(wait, head), shop_url=shop, centre_name=head.centre_name,
        site_url=f"{head.public_url}/{wait.language}/", is_test=head.is_test, **more,
    )  # fmt: skip
    return letter(wait.to, words, wait.language, head, job)
