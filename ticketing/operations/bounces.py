"""Mails that do not arrive: the return address they leave with, and what comes back to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.jobs import ClaimedJob, Job
from ticketing.mail import notices, return_path
from ticketing.mail.messages import Message
from ticketing.mail.notices import Notice
from ticketing.mail.transport import AddressRefused, Transport
from ticketing.sales import documents, undelivered
from ticketing.sales.undelivered_models import LostHow, NoticeOutcome

READ = ":2,S"  # how a maildir marks a message as seen
LARGEST_ID = 2**31 - 1  # what the column holds; a forged number may be anything


class NoMaildir(InvalidInput):
    """The folder is none that a mail server delivers into."""

    code = "no_maildir"


@dataclass(frozen=True, slots=True)
class _WithReturnPath:
    """A transport whose messages come back to one address."""

    transport: Transport
    address: str

    def send(self, message: Message) -> None:
        self.transport.send(replace(message, return_path=self.address))


def with_return_path(services: Services, job: ClaimedJob) -> Services:
    """Let what a job writes come back to an address of its own, where the settings name one."""
    settings = services.settings
    if not settings.mail_bounces_to:
        return services
    to = return_path.address_for(settings.mail_bounces_to, settings.secret_key, job_id=job.id, job_key=job.key)
    return replace(services, mail=_WithReturnPath(services.mail, to))


def note_refused(services: Services, job: ClaimedJob, refusal: AddressRefused) -> None:
    """Write down that the mail server refused the address of a job's mail for good."""
    with services.database.transaction() as session:
        undelivered.note(session, job.id, refusal.details["status"], LostHow.REFUSED, now=services.clock.now())


def take(services: Services, raw: bytes, *, recipient: str | None = None) -> NoticeOutcome:
    """Take in a message that came to the return address; `recipient` is the address it came to, where that is known."""
    notice, now = notices.read(raw), services.clock.now()
    addresses = (recipient,) if recipient else notice.addresses
    with services.database.transaction() as session:
        outcome = NoticeOutcome.NO_BOUNCE
        if notice.status is not None:
            job = _proved(services, session, replace(notice, addresses=addresses))
            outcome = NoticeOutcome.UNKNOWN
            if job is not None:
                is_new = undelivered.note(session, job.id, notice.status, LostHow.RETURNED, now=now)
                outcome = NoticeOutcome.NOTED if is_new else NoticeOutcome.KNOWN
        undelivered.count_notice(session, outcome, local_date=local_date_of(now, services.zone))
    return outcome


def take_folder(services: Services, folder: Path) -> Counter[NoticeOutcome]:
    """Take in what is new in a maildir. Each is moved once it is written down: cut off in between, it is read again."""
    new, seen = folder / "new", folder / "cur"
    if not new.is_dir() or not seen.is_dir():
        raise NoMaildir(f"{str(folder)!r} is no maildir: it needs the folders new and cur.")
    taken: Counter[NoticeOutcome] = Counter()
    for file in sorted(new.iterdir()):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as stream:
                taken[take(services, stream.read(notices.LONGEST))] += 1
            file.rename(seen / f"{file.name}{READ}")
    return taken


def _proved(services: Services, session: Session, notice: Notice) -> Job | None:
    """Find the mail a notice is of: its address has to prove it, and a mail sent back must be that one."""
    settings = services.settings
    for address in notice.addresses:
        token = return_path.read_token(address, settings.mail_bounces_to, settings.secret_key)
        job = session.get(Job, token.job_id) if token is not None and token.job_id <= LARGEST_ID else None
        if token is not None and job is not None and return_path.is_proved(token, settings.secret_key, job.key):
            ours = documents.message_id(job.key, settings.mail_sender)
            return job if notice.message_id in (None, ours) else None
    return None
