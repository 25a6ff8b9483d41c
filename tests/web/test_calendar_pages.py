"""The calendar and the page of a day: what can be had, why not, and what to choose instead."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests import make
from ticketing.catalogue import capacity, closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import OpeningException
from ticketing.foundation.actors import system

pytestmark = pytest.mark.one_engine

TUESDAY = date(2026, 11, 24)
LINKED_DAY = re.compile(r'<a class="day ([a-z]+)[^"]*" id="day-([0-9-]+)"')
MONTHS = re.compile(r'id="month-([0-9-]+)"')


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), make.ZONE).astimezone(UTC)


def fill(session, slot, admissions, now) -> None:
    holder = f"holder-{slot.id}"
    capacity.take(session, {slot.id: admissions}, holder, expires_at=now + timedelta(minutes=15), now=now)
    capacity.sell(session, holder, now=now)


@pytest.fixture
def days(database, now):
    """A free day, a few-left day, a full day and a closed one, from the tests' Tuesday on; hours every day."""
    with database.transaction() as session:
        make.opening_hours(session)
        slots = [make.priced_slot(session, 8, at(TUESDAY + timedelta(days=number), 14)) for number in range(4)]
        fill(session, slots[1], 6, now)
        fill(session, slots[2], 8, now)
        begins, ends = at(TUESDAY + timedelta(days=3), 0), at(TUESDAY + timedelta(days=4), 0)
        reasons = dict.fromkeys(make.LANGUAGES, "Het dak lekt")
        closures.close(session, ClosureRequest(reasons, begins, ends), actor=system("test"), now=now)
    return slots


def test_a_day_is_a_link_with_its_state_unless_there_is_nothing_to_see(client, days):
    page = client.get("/nl/tickets/").text

    assert LINKED_DAY.findall(page) == [
        ("free", "2026-11-24"), ("few", "2026-11-25"), ("full", "2026-11-26"), ("closed", "2026-11-27"),
    ]  # fmt: skip
    assert "woensdag 25\u00a0november: bijna vol, 1 tijdstip, nog 2 plaatsen" in page
    assert "vrijdag 27\u00a0november: gesloten. Het dak lekt" in page
    assert re.search(r'id="day-2026-11-24"[^>]*aria-current="date"', page)


def test_weeks_that_have_passed_are_left_out_and_two_months_are_shown(client, days):
    page = client.get("/nl/tickets/").text

    assert MONTHS.findall(page) == ["2026-11", "2026-12"]
    assert 'id="day-2026-11-22"' not in page
    assert 'id="day-2026-11-23"' in page


def test_without_asking_the_first_month_with_places_is_shown(client, database, now):
    with database.transaction() as session:
        make.priced_slot(session, 8, at(date(2027, 2, 3), 14))

    assert MONTHS.findall(client.get("/nl/tickets/").text) == ["2027-02", "2027-03"]


def test_months_without_places_lead_to_the_first_free_day(client, database, now):
    with database.transaction() as session:
        make.priced_slot(session, 8, at(date(2027, 2, 3), 14))

    page = client.get("/nl/tickets/?month=2026-12").text

    assert MONTHS.findall(page) == ["2026-12", "2027-01"]
    assert "De eerste vrije dag is woensdag 3\u00a0februari." in page
    assert 'href="/nl/tickets/visit/2027-02-03/"' in page


def test_an_offer_with_nothing_to_book_says_so(client, database):
    with database.transaction() as session:
        make.experience(session)

    assert "Er is nu niets te boeken." in client.get("/nl/tickets/").text


def test_the_first_free_time_and_the_lowest_price_are_at_hand(client, days):
    page = client.get("/nl/tickets/").text

    assert f'href="/nl/tickets/slots/{days[0].uuid}/">Eerst vrij: di 24\u00a0nov, 14.00</a>' in page
    assert "vanaf €\u00a014,50" in page


def test_a_closed_day_says_why_and_which_days_have_free_times(client, days, database, now):
    with database.transaction() as session:
        make.priced_slot(session, 8, at(TUESDAY + timedelta(days=5), 14))

    page = client.get("/nl/tickets/visit/2026-11-27/").text

    assert "drawing-eclipse" in page
    assert "Het dak lekt" in page
    assert page.count('class="day-row ') == 1
    assert 'class="day-row free" href="/nl/tickets/visit/2026-11-29/"' in page
    assert 'class="slot ' not in page


def test_a_day_closed_by_exception_says_why(client, days, database):
    with database.transaction() as session:
        reasons = dict.fromkeys(make.LANGUAGES, "Op Kerstmis staan alle proeven stil.")
        session.add(OpeningException(local_date=date(2026, 12, 25), reasons=reasons))

    page = client.get("/nl/tickets/visit/2026-12-25/").text

    assert "Op Kerstmis staan alle proeven stil." in page
    assert 'href="/nl/tickets/visit/2026-11-24/"' in page, "the first free day, though it lies in another month"


def test_a_full_day_shows_its_full_times_and_another_day(client, days, database, now):
    with database.transaction() as session:
        make.priced_slot(session, 8, at(TUESDAY + timedelta(days=5), 14))

    page = client.get("/nl/tickets/visit/2026-11-26/").text

    assert "Op deze dag is niets meer vrij. Kies een andere." in page
    assert 'class="slot full waits"' in page
    assert 'href="/nl/tickets/visit/2026-11-29/"' in page


def test_times_stand_under_their_part_of_the_day(client, database):
    with database.transaction() as session:
        for hour in (10, 13, 19):
            make.priced_slot(session, 8, at(TUESDAY + timedelta(days=1), hour))

    page = client.get("/nl/tickets/visit/2026-11-25/").text

    assert re.findall(r"<h3[^>]*>([^<]+)</h3>", page) == ["Voormiddag", "Namiddag", "Avond"]


def test_a_full_time_offers_the_nearest_ones_that_day(client, database, now):
    with database.transaction() as session:
        slots = [make.priced_slot(session, 8, at(TUESDAY + timedelta(days=1), hour)) for hour in (10, 11, 13, 14, 18)]
        fill(session, slots[2], 8, now)

    page = client.get(f"/nl/tickets/slots/{slots[2].uuid}/").text

    assert "Dit tijdstip is vol." in page
    shown = re.findall(r'<a class="slot free" href="/nl/tickets/slots/([^/]+)/"', page)
    assert shown == [slots[0].uuid, slots[1].uuid, slots[3].uuid]


@pytest.mark.parametrize("day", ["2026-11-23", "2000-01-01", "2099-12-31"])
def test_any_day_of_the_century_can_be_asked_for(client, days, day):
    answer = client.get(f"/nl/tickets/visit/{day}/")

    assert answer.status_code == 200
    assert 'href="/nl/tickets/visit/2026-11-2' in answer.text
