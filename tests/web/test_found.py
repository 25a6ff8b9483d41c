"""How pages are found and shared: heads, lists for robots, pictures, feeds, badge, the printed programme."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pypdfium2
import pytest
from icalendar import Calendar as Feed

from tests import make
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import ExperienceKind, Price
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES

pytestmark = pytest.mark.one_engine

HOST = "http://127.0.0.1:8000"
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
REASONS = {"nl": "Stroom weg", "fr": "Coupure", "en": "No power", "de": "Stromausfall"}
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


class Head(HTMLParser):
    """The head of a page as a robot reads it: title, metas by name or property, links by relation, linked facts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.title, self.metas, self.links, self.facts, self._inside = "", [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self._inside = "facts" if values.get("type") == "application/ld+json" else tag
        if tag == "meta":
            self.metas.append((values.get("name") or values.get("property"), values.get("content")))
        if tag == "link":
            self.links.append((values.get("rel"), values.get("hreflang"), values.get("href")))

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, text):
        if self._inside == "title" and not self.title:
            self.title = text
        if self._inside == "facts":
            self.facts.append(json.loads(text))

    def all(self, name):
        return [content for known, content in self.metas if known == name]

    def hrefs(self, relation):
        return {language: href for known, language, href in self.links if known == relation}


@pytest.fixture
def stage(database, now):
    """A visit, a show with prices that is free, nearly full and closed, and an experience nobody lists."""
    with database.transaction() as session:
        make.opening_hours(session)
        make.priced_slot(session, capacity=80)
        show = make.experience(session, slug="lightning", kind=ExperienceKind.SHOW)
        show.names = {"nl": "Bliksem", "fr": "Éclair", "en": "Lightning", "de": "Blitz"}
        show.summaries = {"nl": 'Vonken & "donder" </script>', "fr": "Étincelles", "en": "Sparks", "de": "Funken"}
        make.experience(session, slug="hidden").is_listed = False
        adult = make._ticket_type(session, "adult")
        session.add(Price(experience_id=show.id, ticket_type_id=adult.id, price_cents=400, valid_from=date(2026, 1, 1)))
        for ahead, capacity in ((2, 60), (26, 2)):
            make.slot(session, capacity, now + timedelta(hours=ahead), show)
    return show


def close(database, now, starts_at, ends_at, experience_id=None):
    with database.transaction() as session:
        request = ClosureRequest(REASONS, starts_at, ends_at, (experience_id,) if experience_id else ())
        closures.close(session, request, actor=system("test"), now=now)


def listed(client) -> list[ElementTree.Element]:
    return ElementTree.fromstring(client.get("/sitemap.xml").data).findall("s:url", SITEMAP)


def addresses(client) -> list[str]:
    return [page.findtext("s:loc", "", SITEMAP).removeprefix(HOST) for page in listed(client)]


def head_of(client, path: str) -> Head:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return Head(answer.text)


# --- what the head of a page says ------------------------------------------------------------------------------------


def test_every_listed_page_answers_and_says_once_what_it_is_in_its_language(client, stage):
    seen: dict[str, str] = {}
    for path in addresses(client):
        head = head_of(client, path)

        (description,) = head.all("description")
        assert len(description) >= 20 or "/tickets/" in path, path
        assert head.all("robots") == [], path
        assert head.title.endswith("Technopolis"), path
        assert head.title not in seen or path.split("/")[1] != seen[head.title].split("/")[1], (path, seen[head.title])
        seen[head.title] = path
        assert head.all("og:title") == [head.title], path
        assert head.all("og:description") == [description], path
        assert head.all("og:url") == [HOST + path] == list(head.hrefs("canonical").values()), path


def test_every_listed_page_names_itself_in_all_its_languages_as_the_list_does(client, stage):
    for page in listed(client):
        told = {link.get("hreflang"): link.get("href") for link in page.findall("x:link", SITEMAP)}

        head = head_of(client, page.findtext("s:loc", "", SITEMAP).removeprefix(HOST))

        assert head.hrefs("alternate") == told
        assert set(told) == {*LANGUAGES, "x-default"}
        assert all(address.startswith(f"{HOST}/") for address in told.values())


def test_readers_of_other_languages_are_led_by_their_browser_from_home_and_to_dutch_elsewhere(client):
    assert head_of(client, "/fr/").hrefs("alternate")["x-default"] == f"{HOST}/"
    assert head_of(client, "/fr/mission/").hrefs("alternate")["x-default"] == f"{HOST}/nl/mission/"


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/nl/tickets/visit/", "/nl/tickets/"),
        ("/nl/tickets/?month=2026-12", "/nl/tickets/"),
        ("/de/programme/?day=2026-11-25", "/de/programme/"),
        ("/fr/tickets/lightning/2026-11-24/", "/fr/tickets/lightning/2026-11-24/"),
    ],
)
def test_a_page_with_several_addresses_has_one_that_counts(client, stage, path, canonical):
    assert head_of(client, path).hrefs("canonical") == {None: HOST + canonical}


@pytest.mark.parametrize(
    "path", ["/nl/tickets/lightning/2026-11-23/", "/nl/tickets/lightning/2029-01-01/", "/nl/tickets/hidden/"]
)
def test_days_that_are_over_or_nobodys_and_what_is_not_listed_are_not_for_robots(client, stage, path):
    head = head_of(client, path)

    assert head.all("robots") == ["noindex"]
    assert (head.hrefs("canonical"), head.all("og:title"), head.facts) == ({}, [], [])


def test_pages_of_a_hold_an_order_and_a_payment_are_not_for_robots(client, database, now):
    with database.transaction() as session:
        make.opening_hours(session)
        slot = make.priced_slot(session)
        hold, order = make.hold(session, slot, now), make.confirmed_order(session, slot, now)
        order_path = f"/nl/orders/{order.code}/{order.secret}/"
        paths = [f"/nl/tickets/slots/{slot.uuid}/", f"/nl/tickets/holds/{hold.secret}/details/", order_path]

    for path in paths:
        head = head_of(client, path)
        assert set(head.all("robots")) == {"noindex"}, path
        assert head.all("og:url") == [], path
    for path in (*paths[1:], f"{order_path}tickets.pdf"):
        assert client.get(path).headers["X-Robots-Tag"] == "noindex"


def test_an_error_says_nothing_of_a_page_that_is_not_there(client):
    head = Head(client.get("/nl/nowhere/").text)

    assert head.all("robots") == ["noindex"]
    assert (head.hrefs("canonical"), head.hrefs("alternate")) == ({}, {})


# --- lists for robots ------------------------------------------------------------------------------------------------


def test_robots_are_kept_from_the_faces_of_staff_and_machines_and_shown_the_list(client):
    answer = client.get("/robots.txt")

    lines = answer.text.splitlines()
    assert answer.content_type == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /desk/", "Disallow: /office/", "Disallow: /api/"} < set(lines)
    assert not any(line.startswith("Disallow: /nl") or line == "Disallow: /" for line in lines)
    assert f"Sitemap: {HOST}/sitemap.xml" in lines


def test_the_list_has_every_page_and_experience_once_a_language_and_nothing_private(client, stage):
    found = addresses(client)

    assert len(found) == len(set(found))
    for language in LANGUAGES:
        expected = {f"/{language}/{rest}" for rest in ("", "tickets/", "tickets/lightning/", "mission/", "prices/")}
        assert expected <= set(found)
    assert [path for path in found if re.search("hidden|home-|tickets/visit|orders|holds|slots", path)] == []


# --- linked facts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nl/", "/nl/opening-hours/"])
def test_home_and_opening_hours_describe_the_museum_with_closures_as_they_are_now(client, database, now, stage, path):
    before = head_of(client, path).facts[0]
    close(database, now, now, now + timedelta(days=3))

    after = head_of(client, path).facts[0]

    assert (before["@type"], before["name"]) == ("Museum", "Technopolis")
    assert before["openingHoursSpecification"][0]["opens"] == "09:30"
    assert before["specialOpeningHoursSpecification"] == []
    assert after["specialOpeningHoursSpecification"][1]["validThrough"] == "2026-11-26"


def test_the_experiences_page_describes_its_next_starts_and_cancels_what_is_closed(client, database, now, stage):
    tomorrow = now + timedelta(days=1)
    close(database, now, tomorrow, tomorrow + timedelta(hours=8))

    (facts,) = head_of(client, "/en/tickets/lightning/").facts

    events = facts["@graph"]
    assert [event["eventStatus"].rpartition("/")[2] for event in events] == ["EventScheduled", "EventCancelled"]
    assert [event["startDate"] for event in events] == ["2026-11-24T12:00:00+01:00", "2026-11-25T12:00:00+01:00"]
    assert {event["name"] for event in events} == {"Lightning"}
    offer = events[0]["offers"][0]
    assert (offer["name"], offer["price"], offer["availability"]) == ("adult", "4.00", "https://schema.org/InStock")
    assert client.get(urlsplit(offer["url"]).path).status_code == 200


def test_the_programme_describes_the_starts_of_its_day_and_the_visit_is_no_event(client, stage):
    (facts,) = head_of(client, "/de/programme/?day=2026-11-25").facts

    assert [(event["name"], event["offers"][0]["availability"]) for event in facts["@graph"]] == [
        ("Blitz", "https://schema.org/LimitedAvailability")
    ]
    assert head_of(client, "/de/tickets/").facts == []


def test_no_text_of_a_manager_can_leave_the_element_it_is_in(client, stage):
    page = client.get("/nl/tickets/lightning/").text

    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(block)["@graph"][0]["description"] == 'Vonken & "donder" </script>'
    assert not set("<>&") & set(block)
    assert Head(page).all("og:description") == ['Vonken & "donder" </script>']


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nl/", "/fr/mission/", "/de/tickets/", "/en/tickets/lightning/"])
def test_a_page_names_a_picture_that_is_there_for_good_under_that_address(client, stage, path):
    head = head_of(client, path)
    (address,) = head.all("og:image")

    answer = client.get(address.removeprefix(HOST))

    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert len(answer.data) < 100_000
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    etag = answer.headers["ETag"]
    assert not etag.startswith("W/")
    assert client.get(address.removeprefix(HOST), headers={"If-None-Match": etag}).status_code == 304
    assert head.all("twitter:card") == ["summary_large_image"]


def test_each_language_and_page_has_its_own_picture(client, stage):
    paths = [f"/{language}/{rest}" for language in LANGUAGES for rest in ("", "mission/", "tickets/lightning/")]

    assert len({head_of(client, path).all("og:image")[0] for path in paths}) == len(paths)


def test_the_picture_of_an_earlier_text_leads_to_the_one_of_today(client, stage):
    (address,) = head_of(client, "/nl/mission/").all("og:image")

    answer = client.get("/nl/share/pages/mission/0123456789abcdef.png")

    assert (answer.status_code, answer.location) == (302, address.removeprefix(HOST))


@pytest.mark.parametrize(
    "path", ["/nl/share/pages/nowhere/1.png", "/nl/share/tickets/nothing/1.png", "/nl/share/x/y/1.png"]
)
def test_there_is_no_picture_of_what_is_not_there(client, path):
    assert client.get(path).status_code == 404


# --- calendars -------------------------------------------------------------------------------------------------------


def test_the_feed_of_opening_days_has_every_open_day_and_says_why_another_is_not(client, database, now, stage):
    close(database, now, datetime.combine(TOMORROW, datetime.min.time(), now.tzinfo), now + timedelta(days=2))

    answer = client.get("/fr/calendar/opening-days.ics")

    assert answer.content_type.startswith("text/calendar")
    events = Feed.from_ical(answer.data).walk("VEVENT")
    first = events[0]
    assert (first["UID"], first["SUMMARY"]) == ("open-2026-11-24@127.0.0.1", "Technopolis est ouvert")
    shut = [event for event in events if "Coupure" in event["SUMMARY"]]
    assert shut[0]["SUMMARY"] == "Technopolis est fermé\u00a0: Coupure"
    assert [event["UID"] for event in events if event["STATUS"] == "CANCELLED"] == ["open-2026-11-25@127.0.0.1"]


def test_the_feed_of_the_programme_has_every_start_under_its_own_name_and_cancels_what_is_closed(
    client, database, now, stage
):
    tomorrow = now + timedelta(days=1)
    close(database, now, tomorrow, tomorrow + timedelta(hours=8), stage.id)

    events = Feed.from_ical(client.get("/nl/calendar/programme.ics").data).walk("VEVENT")

    assert [(event["SUMMARY"], event["STATUS"]) for event in events] == [
        ("Bliksem", "CONFIRMED"), ("Bliksem", "CANCELLED"),
    ]  # fmt: skip
    assert "Gaat niet door: Stroom weg" in events[1]["DESCRIPTION"]
    assert events[0].decoded("dtstart") == now + timedelta(hours=2)
    assert events[0]["URL"] == f"{HOST}/nl/tickets/lightning/2026-11-24/"
    again = Feed.from_ical(client.get("/de/calendar/programme.ics").data).walk("VEVENT")
    assert [event["UID"] for event in again] == [event["UID"] for event in events]


@pytest.mark.parametrize("name", ["opening-days", "programme"])
def test_a_calendar_that_has_it_all_is_sent_nothing_until_something_changes(client, database, clock, now, stage, name):
    path = f"/nl/calendar/{name}.ics"
    etag = client.get(path).headers["ETag"]
    clock.advance(minutes=10)

    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    close(database, now, now + timedelta(hours=1), now + timedelta(hours=5))
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


# --- badge -----------------------------------------------------------------------------------------------------------


def test_the_badge_says_in_each_language_what_the_header_says_and_may_be_shown_anywhere(client, database, now, stage):
    for language in LANGUAGES:
        sentence = re.search(r'class="pill[^>]*>([^<]+)<', client.get(f"/{language}/").text)[1]
        answer = client.get(f"/{language}/badge.svg")

        picture = ElementTree.fromstring(answer.data)
        title = picture.find("{http://www.w3.org/2000/svg}title")
        assert answer.content_type.startswith("image/svg+xml")
        assert title.text == f"Technopolis: {sentence}"
        assert picture.get("aria-labelledby") == title.get("id")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "script" not in answer.text
        assert "style" not in answer.text


def test_the_badge_of_a_closed_centre_says_why(client, database, now, stage):
    close(database, now, now, None)

    badge = client.get("/en/badge.svg").text

    assert "Closed until further notice" in badge
    assert "<desc>No power</desc>" in badge


# --- the printed programme -------------------------------------------------------------------------------------------


def printed(client, path: str) -> str:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    document = pypdfium2.PdfDocument(answer.data)
    assert len(document) == 1
    return document[0].get_textpage().get_text_range()


def test_the_printed_programme_has_the_day_its_hours_and_its_starts(client, stage):
    text = printed(client, "/nl/programme/2026-11-24.pdf")

    told = ("Dinsdag 24 november 2026", "Open: 9.30 tot 17.00 uur", "12.00", "Bliksem", "Show, 60 minuten")
    assert [words for words in told if words not in text] == []


def test_the_printed_programme_of_a_closed_day_says_why(client, database, now, stage):
    close(database, now, now, None)

    text = printed(client, "/fr/programme/2026-11-25.pdf")

    assert "Fermé ce jour-là" in text
    assert "Coupure" in text
    assert "Éclair" not in text


def test_the_printed_programme_tells_a_start_that_does_not_take_place(client, database, now, stage):
    close(database, now, now, None, stage.id)

    assert "Findet nicht statt: Stromausfall" in printed(client, "/de/programme/2026-11-24.pdf")


@pytest.mark.parametrize("day", ["2026-11-23", "2028-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "today"])
def test_there_is_no_programme_of_days_gone_or_far_away(client, day):
    assert client.get(f"/nl/programme/{day}.pdf").status_code == 404


def test_a_programme_that_has_not_changed_is_not_sent_again(client, stage):
    etag = client.get("/nl/programme/2026-11-24.pdf").headers["ETag"]

    assert client.get("/nl/programme/2026-11-24.pdf", headers={"If-None-Match": etag}).status_code == 304
