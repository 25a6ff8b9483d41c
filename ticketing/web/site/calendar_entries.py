"""What our calendar feeds say: opening days with every exception and closure, shows and workshops. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from ticketing.catalogue import opening_days
from ticketing.catalogue.availability import NextStart, SlotMark
from ticketing.catalogue.opening import Calendar, hours_on
from ticketing.foundation.calendar_file import CalendarEntry
from ticketing.foundation.languages import pick, translations


@dataclass(frozen=True, slots=True)
class FeedFrame:
    """Whose feed it is, in which language, and where it leads (absolute addresses)."""

    centre_name: str
    language: str
    public_url: str
    page_url: str

    def uid(self, name: str) -> str:
        """Return the name of an entry that is the same for ever, in every language of ours."""
        return f"{name}@{urlsplit(self.public_url).hostname}"

    def say(self, sentence: str, **values: str) -> str:
        """Say a sentence in the feed's language."""
        return translations(self.language).ugettext(sentence) % {"centre": self.centre_name, **values}


def opening_entries(calendar: Calendar, first: date, days: int, frame: FeedFrame) -> list[CalendarEntry]:
    """Return the entries of so many days: open ones with their hours, those that are shut against habit with why."""
    entries: list[CalendarEntry] = []
    for local_date in (first + timedelta(days=ahead) for ahead in range(days)):
        entries += _day_entries(calendar, local_date, frame)
    return entries


def programme_entries(starts: Iterable[tuple[NextStart, str]], frame: FeedFrame) -> list[CalendarEntry]:
    """Return one entry a start, each with the address to buy it at; what a closure covers is cancelled, with why."""
    return [_start_entry(start, url, frame) for start, url in starts]


def _day_entries(calendar: Calendar, local_date: date, frame: FeedFrame) -> Iterator[CalendarEntry]:
    say, uid = frame.say, frame.uid(f"open-{local_date}")
    hours = hours_on(calendar, local_date)
    if hours.opens_at is None or hours.closes_at is None:
        if hours.reasons:  # shut by an exception; a weekday that is always shut is no entry
            yield _shut_all_day(local_date, pick(hours.reasons, frame.language), frame)
        return
    reason = pick(hours.reasons, frame.language)
    parts = opening_days.open_parts(calendar, local_date)
    closed = opening_days.closed_parts(calendar, local_date)
    if not parts:
        why = pick(closed[0].reasons, frame.language)
        yield _entry(uid, (hours.opens_at, hours.closes_at), say("%(centre)s is open"), why, frame, is_cancelled=True)
        yield _shut_all_day(local_date, why, frame)
        return
    for number, part in enumerate(parts, 1):
        yield _entry(uid if number == 1 else f"{number}-{uid}", part, say("%(centre)s is open"), reason, frame)
    for number, shut in enumerate(closed, 1):
        why = pick(shut.reasons, frame.language)
        name, when = frame.uid(f"shut-{number}-{local_date}"), (shut.begins_at, shut.ends_at)
        yield _entry(name, when, say("%(centre)s is closed: %(reason)s", reason=why), why, frame)


def _shut_all_day(local_date: date, reason: str, frame: FeedFrame) -> CalendarEntry:
    summary = frame.say("%(centre)s is closed: %(reason)s", reason=reason)
    days = (local_date, local_date + timedelta(days=1))
    return _entry(frame.uid(f"shut-{local_date}"), days, summary, reason, frame)


def _start_entry(start: NextStart, url: str, frame: FeedFrame) -> CalendarEntry:
    slot, summary = start.slot, pick(start.experience.summaries, frame.language)
    is_cancelled = slot.mark is SlotMark.CLOSED
    if is_cancelled:
        why = pick(slot.closed_reasons, frame.language)
        summary = f"{frame.say('Does not take place: %(reason)s', reason=why)}\n{summary}"
    return CalendarEntry(
        uid=frame.uid(slot.uuid),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        summary=pick(start.experience.names, frame.language),
        description=f"{summary}\n{url}".strip(),
        location=frame.centre_name,
        url=url,
        is_cancelled=is_cancelled,
    )


def _entry(
    uid: str, when: tuple[date, date], summary: str, description: str, frame: FeedFrame, *, is_cancelled: bool = False
) -> CalendarEntry:
    return CalendarEntry(
        uid=uid,
        starts_at=when[0],
        ends_at=when[1],
        summary=summary,
        description=f"{description}\n{frame.page_url}".strip(),
        location=frame.centre_name,
        url=frame.page_url,
        is_cancelled=is_cancelled,
    )
