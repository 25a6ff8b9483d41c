"""One calendar, set as managers set it, and read back from every face: pages, shop, feeds, search engines, APIs.

What is right is told by a calendar on paper, half hour by half hour, that shares nothing with the house's own rules.
CALENDARS in the environment says how many are drawn.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from tests import make
from tests.property.test_one_calendar import BRUSSELS, DAY, FIRSTS, hours, read_feed, read_linked
from tests.web.octo_stage import Caller
from ticketing.bootstrap import Services
from ticketing.catalogue import closure_amending, closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import ClosingDay, Experience, ExperienceKind, OpeningException, OpeningHours, Slot
from ticketing.foundation.actors import system
from ticketing.sales import resellers
from ticketing.web.limits import limiter

DAYS = 7  # as many as the page of opening hours tells one by one
STARTS = (time(0, 30), time(11), time(15, 30), time(21))  # of each experience, each day
HALF_HOUR = timedelta(minutes=30)
WHY = dict.fromkeys(make.LANGUAGES, "storm")
TEST = system("test")
FEW = int(os.environ.get("CALENDARS", "3"))

LISTED = re.compile(r'<ul class="days-list">(.*?)</ul>', re.DOTALL)
LINE = re.compile(r"<li.*?</li>", re.DOTALL)
FROM_TO = re.compile(r"<span>(\d+:\d\d) to (\d+:\d\d)</span>")
SHUT_PART = re.compile(r"(\d+:\d\d)–(\d+:\d\d)")
CELL = re.compile(r'<td class="(open|shut)[^"]*"><b>(\d+)</b>')
LINKED = re.compile(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', re.DOTALL)
FOR_SALE = re.compile(r'<a class="slot (?:free|few)" href="/en/tickets/slots/([0-9a-f-]+)/">')
CLOSED_SLOT = re.compile(r'<div class="slot closed">\s*<span class="time">(\d+:\d\d)')
PILL = re.compile(r'<span class="pill( is-closed)?">')


@dataclass
class Shut:
    """A closure as somebody notes it: of one experience or all, from when, until when, and what became of it."""

    experience: str | None
    starts_at: datetime
    ends_at: datetime | None  # that it was decided with
    fate: str
    later_end: datetime | None  # that it was given afterwards, if it was amended

    @property
    def until(self) -> datetime | None:
        return self.later_end if self.fate == "amended" else self.ends_at

    def covers(self, begin: datetime, end: datetime, slug: str | None) -> bool:
        if self.fate == "ended" or self.experience not in (None, slug):
            return False
        return self.starts_at < end and (self.until is None or self.until > begin)


@dataclass
class Paper:
    """The calendar on paper: usual hours with the weekday from a date on, other days, days of every year, closures."""

    first: date
    usual: dict[tuple[int, date], tuple[time, time] | None] = field(default_factory=dict)
    exceptions: dict[date, tuple[time, time] | None] = field(default_factory=dict)
    every_year: set[tuple[int, int]] = field(default_factory=set)
    shut: list[Shut] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        return [self.first + offset * DAY for offset in range(DAYS)]

    @property
    def begin(self) -> datetime:
        return instant(self.first, time())

    def hours(self, day: date) -> tuple[datetime, datetime] | None:
        if day in self.exceptions:
            wall = self.exceptions[day]
        elif (day.month, day.day) in self.every_year:
            wall = None
        else:
            known = [since for weekday, since in self.usual if weekday == day.weekday() and since <= day]
            wall = self.usual[day.weekday(), max(known)] if known else None
        if wall is None:
            return None
        begin, end = instant(day, wall[0]), instant(day if wall[1] > wall[0] else day + DAY, wall[1])
        return (begin, end) if begin < end else None

    def ticks(self, day: date) -> set[datetime]:
        """Return the half hours of a day's opening hours, by their beginnings, in which nothing is shut."""
        found = self.hours(day)
        return {each for each in between(*found) if self.is_open(each)} if found else set()

    def is_open(self, tick: datetime) -> bool:
        return not any(each.covers(tick, tick + HALF_HOUR, None) for each in self.shut if each.experience is None)

    def is_shut(self, begin: datetime, end: datetime, slug: str) -> bool:
        return any(each.covers(begin, end, slug) for each in self.shut)


def instant(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, BRUSSELS).astimezone(UTC)


def between(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += HALF_HOUR


def wall(moment: datetime) -> str:
    return f"{(local := moment.astimezone(BRUSSELS)).hour}:{local:%M}"


def runs(ticks: set[datetime]) -> list[tuple[datetime, datetime]]:
    """Join half hours that follow each other."""
    joined: list[tuple[datetime, datetime]] = []
    for tick in sorted(ticks):
        if joined and joined[-1][1] == tick:
            joined[-1] = (joined[-1][0], tick + HALF_HOUR)
        else:
            joined.append((tick, tick + HALF_HOUR))
    return joined


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    paper = Paper(draw(st.sampled_from(FIRSTS)))
    for weekday in range(7):
        paper.usual[weekday, date(2020, 1, 1)] = draw(hours)
    for weekday in draw(st.sets(st.integers(0, 6), max_size=3)):
        paper.usual[weekday, paper.first + 4 * DAY] = draw(hours)
    for day in draw(st.sets(st.sampled_from(paper.days), max_size=2)):
        paper.exceptions[day] = draw(hours)
    paper.every_year = {(day.month, day.day) for day in draw(st.sets(st.sampled_from(paper.days), max_size=1))}
    lasting = st.one_of(st.integers(1, 90), st.none())  # none: until further notice
    for _ in range(draw(st.integers(0, 4))):
        starts_at = paper.begin + draw(st.integers(-30, 320)) * HALF_HOUR
        after = max(starts_at, paper.begin)  # nothing may end before it is decided
        ends_at, later = (many and after + many * HALF_HOUR for many in draw(st.tuples(lasting, lasting)))
        what, fate = draw(st.sampled_from((None, None, "visit", "dome"))), draw(st.sampled_from(FATES))
        paper.shut.append(Shut(what, starts_at, ends_at, fate, later))
    return paper


FATES = ("stands", "stands", "amended", "ended")


def two_halves() -> Paper:
    """A day that two closures close together, and one of which two take a part each."""
    every_day = {(weekday, date(2020, 1, 1)): (time(9, 30), time(17)) for weekday in range(7)}
    paper = Paper(FIRSTS[0], every_day)
    for day, begin, end in ((1, 9, 12), (1, 12, 18), (2, 10, 11), (2, 15, 16)):
        starts_at, ends_at = (instant(paper.first + day * DAY, time(hour)) for hour in (begin, end))
        paper.shut.append(Shut(None, starts_at, ends_at, "stands", None))
    return paper


@pytest.fixture
def stage(services, client):
    """A visit and a show with slots round both clock changes, and a reseller."""
    with services.database.transaction() as session:
        for first in FIRSTS:
            for offset in range(DAYS):
                for slug, kind in (("visit", ExperienceKind.ADMISSION), ("dome", ExperienceKind.SHOW)):
                    for wall in STARTS:
                        starts_at = instant(first + offset * DAY, wall)
                        slot = make.priced_slot(session, 20, starts_at, slug, kind)
                        slot.local_date = first + offset * DAY
        terms = resellers.Terms("Tours", "An", "an@example.org", 0)
        seller = resellers.make(session, terms, actor=TEST, now=services.clock.now())
        key = resellers.add_key(session, seller, actor=TEST, now=services.clock.now())
    return Caller(client, key)


def lay(services, paper: Paper) -> None:
    """Set hours and closures as a manager does, half a day before; what stood before is taken away."""
    now = services.clock.instant = paper.begin - 15 * HALF_HOUR - timedelta(minutes=1)
    with services.database.transaction() as session:
        for table in (OpeningHours, OpeningException, ClosingDay):
            session.execute(delete(table))
        for closure in closures.find_in_force(session, now=now) + closures.find_planned(session, now=now):
            closures.lift(session, closure, actor=TEST, now=now)
        for (weekday, since), wall in paper.usual.items():
            opens, closes = wall or (None, None)
            session.add(OpeningHours(weekday=weekday, valid_from=since, opens_at_local=opens, closes_at_local=closes))
        for day, wall in paper.exceptions.items():
            opens, closes = wall or (None, None)
            session.add(OpeningException(local_date=day, opens_at_local=opens, closes_at_local=closes, reasons=WHY))
        for month, day in paper.every_year:
            session.add(ClosingDay(month=month, day=day, reasons=WHY))
    for each in paper.shut:
        close(services, each)


def close(services, shut: Shut) -> None:
    now = services.clock.now()
    with services.database.transaction() as session:
        mine = session.scalars(select(Experience.id).where(Experience.slug == shut.experience))
        wanted = ClosureRequest(WHY, shut.starts_at, shut.ends_at, tuple(mine))
        closure = closures.close(session, wanted, actor=TEST, now=now)
        if shut.fate == "amended":
            closure_amending.amend(session, closure.id, shut.later_end, asks_second=False, actor=TEST, now=now)
        elif shut.fate == "ended":
            closures.lift(session, closures.get_closure(session, closure.id), actor=TEST, now=now)


@dataclass
class Faces:
    """What the house says, face by face, at the beginning of the first day."""

    caller: Caller
    services: Services
    paper: Paper

    def page(self, path: str) -> str:
        answer = self.caller.client.get(path)
        assert answer.status_code == 200, path
        return html.unescape(answer.get_data(as_text=True))

    def days_listed(self) -> list[tuple[str, str, list[tuple[str, str]]] | None]:
        """Read the coming days: from when to when, and what of it is shut; None for a day that is."""
        (lines, *_) = LISTED.findall(self.page("/en/opening-hours/"))
        read = []
        for line in LINE.findall(lines):
            found = FROM_TO.search(line)
            read.append((*found.groups(), SHUT_PART.findall(line)) if found else None)
        return read

    def days_in_month(self) -> dict[int, bool]:
        """Read which days of the month are open, those that have passed left out."""
        cells = CELL.findall(self.page("/en/opening-hours/"))
        return {int(day): kind == "open" for kind, day in cells if int(day) >= self.paper.first.day}

    def linked(self) -> dict[date, list[tuple[str, str]]]:
        (told, *_) = LINKED.findall(self.page("/en/opening-hours/"))
        return read_linked(json.loads(told), self.paper.first, DAYS)

    def feed(self) -> set[datetime]:
        spans = read_feed(self.caller.client.get("/en/calendar/opening-days.ics").data)
        return {tick for begin, end in spans for tick in between(begin.astimezone(UTC), end.astimezone(UTC))}

    def shows(self) -> dict[datetime, str]:
        """Read the feed of the programme: what is said of each start."""
        feed = self.caller.client.get("/en/calendar/programme.ics").data
        events = icalendar.Calendar.from_ical(feed).walk("VEVENT")
        return {event.decoded("DTSTART").astimezone(UTC): str(event["STATUS"]) for event in events}

    def for_sale(self, day: date) -> tuple[set[str], set[str]]:
        """Read a day of the shop: what can be had (uuids), and what is closed (wall clock)."""
        page = self.page(f"/en/tickets/visit/{day}/")
        return set(FOR_SALE.findall(page)), set(CLOSED_SLOT.findall(page))

    def octo(self, experience_id: str) -> dict[str, str]:
        days = {"localDateStart": str(self.paper.first), "localDateEnd": str(self.paper.days[-1])}
        body = {"productId": experience_id, "optionId": "DEFAULT", **days}
        return {row["id"]: row["status"] for row in self.caller.good("Availability", "/availability", body)}

    def statuses(self) -> Iterator[tuple[datetime, datetime, bool]]:
        """Ask whether we are open, and again whenever the answer said it would change; the header says the same."""
        clock, begin, end = self.services.clock, self.paper.begin, self.paper.begin + (DAYS - 1) * DAY
        while begin < end:
            clock.instant = begin
            told = self.caller.client.get("/api/v1/status").json
            until = told["until"] if told["open"] else told["next_opening"]
            after = min(datetime.fromisoformat(until) if until else end, end)
            is_closed = bool(PILL.search(self.page("/en/status/")).group(1))
            assert is_closed is not told["open"]
            yield begin, after, told["open"]
            begin = after
        clock.instant = self.paper.begin


@pytest.mark.one_engine
@settings(max_examples=FEW, deadline=None, suppress_health_check=list(HealthCheck))
@given(paper=papers())
@example(paper=two_halves())
def test_every_face_says_what_the_calendar_on_paper_says(stage, services, paper: Paper) -> None:
    limiter.reset()
    lay(services, paper)
    services.clock.instant = paper.begin
    faces = Faces(stage, services, paper)

    assert faces.days_listed() == [shown(paper, day) for day in paper.days]
    for day, is_open in faces.days_in_month().items():
        if (each := paper.first.replace(day=day)) in paper.days:
            assert is_open is bool(paper.ticks(each)), each
    open_ticks = {tick for day in paper.days for tick in paper.ticks(day)}
    last = instant(paper.days[-1] + DAY, time())
    assert {tick for tick in faces.feed() if tick < last} == {tick for tick in open_ticks if tick < last}
    every = open_ticks | paper.ticks(paper.first - DAY)
    for day, told in faces.linked().items():
        begun = [run for each in (day - DAY, day) for run in runs(paper.ticks(each))]
        local = [tuple(moment.astimezone(BRUSSELS) for moment in run) for run in begun]
        assert told == sorted((f"{b:%H:%M}", f"{e:%H:%M}") for b, e in local if b.date() == day), day
    for begin, end, is_open in faces.statuses():
        assert {is_open} == {tick in every for tick in between(begin, end)}, begin
    assert_slots_are_told(faces)


def assert_slots_are_told(faces: Faces) -> None:
    paper, now = faces.paper, faces.paper.begin
    with faces.services.database.reading() as session:
        within = Slot.local_date.between(paper.first, paper.days[-1])
        whole = select(Slot).where(within).options(joinedload(Slot.experience))
        slots = [(slot, slot.experience.slug, slot.experience.uuid) for slot in session.scalars(whole)]
    is_shut = {
        slot.uuid: any(s.covers(slot.starts_at, slot.ends_at, slug) for s in paper.shut) for slot, slug, _ in slots
    }
    for uuid in {experience for _, _, experience in slots}:
        told = {slot: status == "CLOSED" for slot, status in faces.octo(uuid).items()}
        assert told == {slot.uuid: is_shut[slot.uuid] for slot, _, experience in slots if experience == uuid}
    for day in paper.days:
        mine = [slot for slot, slug, _ in slots if slug == "visit" and slot.local_date == day]
        free, closed = faces.for_sale(day)
        assert free == {slot.uuid for slot in mine if not is_shut[slot.uuid]}, day
        if free:
            assert closed == {wall(slot.starts_at) for slot in mine if is_shut[slot.uuid]}, day
    told = {moment: said for moment, said in faces.shows().items() if moment >= now}
    shows = {slot.starts_at: is_shut[slot.uuid] for slot, slug, _ in slots if slug == "dome"}
    assert {moment: told[moment] == "CANCELLED" for moment in shows} == shows


def shown(paper: Paper, day: date) -> tuple[str, str, list[tuple[str, str]]] | None:
    """Return how a page tells a day: its hours, and what of them is shut."""
    found, ticks = paper.hours(day), paper.ticks(day)
    if not found or not ticks:
        return None
    shut = runs(set(between(*found)) - ticks)
    return wall(found[0]), wall(found[1]), [(wall(begin), wall(end)) for begin, end in shut]
