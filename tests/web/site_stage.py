"""The whole public site of the demonstration, walked through link by link, once for all tests about its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from config import read_settings
from tests import mishaps, news
from tests.conftest import NOW
from tests.web.reading import Reading, read
from tests.web.test_shop import Visitor
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.catalogue.models import Experience, Slot
from ticketing.foundation.actors import system
from ticketing.foundation.clock import FixedClock
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import waiting
from ticketing.sales import change_rules
from ticketing.sales.change_rules import Rules
from ticketing.sales.waiting_models import WaitingEntry, WaitingOffer

OUTSIDE = ("mailto:", "tel:", "data:", "webcal:")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MONTH = re.compile(r"\d{4}-\d\d")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
# Below a customer's own order of three tickets; the last asks for a ticket that it has not.
OWN_ORDER = (
    "", "details/", "names/", "rebooking/", "rebooking/days/?t=1&t=2", "cancellation/", "cancellation/review/?t=1",
    "cancellation/review/?t=1&t=2&t=3", "addition/", "rebooking/days/?t=9",
)  # fmt: skip
SHOWS_ON = NOW.date() + timedelta(days=1)  # a Wednesday, with workshops
SPOKEN_FORMS = {"Accept-Language": "nl"}


@dataclass
class Answered:
    """What an address answered, and which page led there."""

    status: int
    content_type: str
    text: str
    found_on: str


@dataclass
class Site:
    """Every address that was asked, and every page as it reads."""

    services: Services
    client: FlaskClient
    answers: dict[str, Answered] = field(default_factory=dict)
    pages: dict[str, Reading] = field(default_factory=dict)
    html: dict[str, str] = field(default_factory=dict)
    fragments: list[tuple[str, str, str]] = field(default_factory=list)  # (found on, address, fragment)
    outside: set[str] = field(default_factory=set)

    def take(self, address: str, html: str) -> Reading:
        """Read a page that was got in another way than by a link, and keep it among the others."""
        self.html[address] = html
        self.pages[address] = read(html)
        return self.pages[address]


@contextmanager
def demonstration(instance: Path) -> Iterator[Site]:
    """The demonstration that lies in a folder, with nobody in front of it yet."""
    settings = read_settings({"INSTANCE_PATH": str(instance), "RATE_LIMITS": "0"})
    services = build(settings, FixedClock(NOW))
    app = create_app(settings, services)
    mishaps.plant(app)
    yield Site(services, app.test_client(use_cookies=False))
    services.database.close()


def choose_audiences(site: Site) -> None:
    """See the home page as those see it who said who they are."""
    for language in LANGUAGES:
        for audience in ("teacher", "host"):
            client = site.client.application.test_client()
            client.get(f"/{language}/for/{audience}/")
            site.take(f"/{language}/ for a {audience}", client.get(f"/{language}/").text)


def buy(site: Site) -> None:
    """Go through a purchase in each language, past an empty form each time, as far as the pages of the order."""
    with site.services.database.transaction() as session:  # the slots at hand are of today
        rules = Rules(move_until_minutes=0, cancel_until_minutes=0)
        change_rules.set_rules(session, None, rules, actor=system("test"), now=NOW)
    for language in LANGUAGES:
        visitor = Visitor(site.client.application.test_client(), language)
        address = next(each for each, page in site.pages.items() if _sells(each, language, page))
        _keep(site, f"{address} with nothing chosen", visitor.get(address) and visitor.post(address))
        key = re.search(r'name="request_key" value="([^"]+)"', visitor.get(address).text)[1]
        details = visitor.post(address, **{"request_key": key, "quantity-adult": "2", "quantity-child": "1"}).location
        _keep(site, details, visitor.get(details))
        _keep(site, f"{details} with nothing filled in", visitor.post(details))
        _fill_basket(site, visitor, details.removesuffix("details/"))
        review = visitor.post(details, email="an.peeters@example.org", name="An Peeters").location
        _keep(site, review, visitor.get(review))
        wrong = visitor.post(review.replace("review", "promotion"), promotion_code="NONESUCH")
        _keep(site, f"{review} with a wrong code", wrong)
        pay = _path(visitor.post(review.replace("review", "order")).location)
        _keep(site, pay, visitor.get(pay))
        order = _path(site_order(visitor, pay))
        for path in OWN_ORDER:
            _keep(site, f"{order}{path}", visitor.get(f"{order}{path}"))


def _fill_basket(site: Site, visitor: Visitor, basket: str) -> None:
    """See the basket, put in a show that clashes with another, and plan a day that can be and one that cannot."""
    _keep(site, basket, visitor.get(basket))
    with site.services.database.reading() as session:
        shows = {
            slug: session.scalars(
                select(Slot).join(Slot.experience).where(Experience.slug == slug, Slot.local_date == SHOWS_ON)
            ).first()
            for slug in ("lightning", "beetle", "visit")
        }
    for slug in ("lightning", "beetle"):
        visitor.post(f"{basket}slots/{shows[slug].uuid}/", **{"quantity-adult": "1"})
    _keep(site, f"{basket} with a clash", visitor.get(basket))
    other_time = f"{basket}slots/{shows['visit'].uuid}/"
    _keep(site, other_time, visitor.get(other_time))
    plan = f"/{visitor.language}/tickets/day-plan/?asked=1&experience=visit&experience=beetle&quantity-adult=2&day="
    for day in (SHOWS_ON, NOW.date(), ""):
        _keep(site, f"{plan}{day}", visitor.get(f"{plan}{day}"))
    for slug in ("lightning", "beetle"):
        visitor.post(f"{basket}slots/{shows[slug].uuid}/")


def site_order(visitor: Visitor, pay: str) -> str:
    """Pay, and return the address of the order."""
    return visitor.client.get(_path(visitor.post(pay, outcome="pay").location)).location


def wait(site: Site) -> None:
    """Ask to wait for a time that has places after all, past an empty form, as far as the offer, in each language."""
    for language in LANGUAGES:
        visitor = Visitor(site.client.application.test_client(), language)
        day = next(each for each in site.pages if re.match(rf"/{language}/tickets/visit/[-0-9]+/$", each))
        address = f"{day}waiting/"
        _keep(site, address, visitor.get(address))
        _keep(site, f"{address} with nothing filled in", visitor.post(address))
        form = {"first_date": DAY.search(address)[0], "last_date": DAY.search(address)[0], "where": "span"}
        asked = visitor.post(address, **form, email=f"{language}@example.org", **{"quantity-adult": "2"})
        _keep(site, f"{address} that was asked", asked)
    waiting.tend(site.services)
    with site.services.database.reading() as session:
        offers = session.execute(
            select(WaitingEntry.language, WaitingEntry.secret, WaitingOffer.secret).join(
                WaitingOffer, WaitingOffer.entry_id == WaitingEntry.id
            )
        ).all()
    assert {language for language, _, _ in offers} == set(LANGUAGES)
    for language, entry, offer in offers:
        for path in (entry, f"offers/{offer}"):
            address = f"/{language}/tickets/waiting/{path}/"
            _keep(site, address, site.client.get(address))


def hear_news(site: Site) -> None:
    """Look while something is announced and the centre is closed."""
    with news.announced(site.services), news.closed(site.services):
        for language in LANGUAGES:
            for path in ("", "tickets/", "opening-hours/", "programme/"):
                site.take(f"/{language}/{path} with news", site.client.get(f"/{language}/{path}").text)


def go_wrong(site: Site) -> None:
    """Meet every mishap in each language."""
    for language in LANGUAGES:
        for address in mishaps.addresses(language):
            site.take(address, site.client.get(address).text)


def _sells(address: str, language: str, page: Reading) -> bool:
    return address.startswith(f"/{language}/tickets/slots/") and "quantity-adult" in page.ids


def _keep(site: Site, address: str, answer: TestResponse) -> None:
    assert answer.mimetype == "text/html", address
    site.take(address, answer.text)


def _path(location: str) -> str:
    parts = urlsplit(location)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def walk(site: Site) -> None:
    """Follow every link from the front door and from each language's; days, months and slots one of each kind."""
    ahead = [("/", "the front door"), *((f"/{language}/", "the front door") for language in LANGUAGES)]
    kinds: set[str] = set()
    while ahead:
        address, found_on = ahead.pop(0)
        if kind_of(address) in kinds:
            continue
        kinds.add(kind_of(address))
        answer = site.client.get(address, headers=SPOKEN_FORMS, base_url=site.services.settings.public_url)
        site.answers[address] = Answered(answer.status_code, answer.mimetype, "", found_on)
        if answer.status_code in (301, 302, 303, 307, 308):
            ahead.append((_inner(site, address, answer.location) or "/", address))
        elif answer.mimetype == "text/html":
            _read(site, address, answer.text, ahead)
        elif answer.mimetype.startswith("text/") or answer.mimetype.endswith(("xml", "json")):
            site.answers[address].text = answer.text
        answer.close()


def kind_of(address: str) -> str:
    """Return what addresses of one kind have in common: days, months and slots are alike."""
    return MONTH.sub("MONTH", DAY.sub("DAY", UUID.sub("SLOT", address)))


def _read(site: Site, address: str, html: str, ahead: list[tuple[str, str]]) -> None:
    page = site.take(address, html)
    for link in page.links:
        whole, fragment = urldefrag(link)
        inner = _inner(site, address, whole)
        if inner is None:
            site.outside.add(link)
            continue
        ahead.append((inner, address))
        if fragment:
            site.fragments.append((address, inner, fragment))


def _inner(site: Site, address: str, link: str) -> str | None:
    """Return an address of ours without its host; None for one of another host or of no host at all."""
    if link.startswith(OUTSIDE):
        return None
    ours = urlsplit(site.services.settings.public_url)
    parts = urlsplit(urljoin(f"{site.services.settings.public_url}{address}", link))
    if (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
