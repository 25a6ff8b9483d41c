"""States of shop and orders that no link leads to: a walk that stops, by name, where there is something to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from playwright.sync_api import Page
from sqlalchemy import select

from tests import make
from tests.browser import journeys
from tests.browser.house import House
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import ClosureCause, Experience, Slot
from ticketing.foundation.actors import system
from ticketing.operations import closing
from ticketing.sales import change_rules, changes
from ticketing.sales.changes import Wish
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.models import ChangeKind, Order, OrderLine
from ticketing.tickets.models import Ticket

OFFER = re.compile(r"http\S+/tickets/waiting/offers/\S+/")
ENTRY = re.compile(r"http\S+/tickets/waiting/(?!offers)\S+/")
STORM = ("Storm.", "Tempête.", "Storm.", "Sturm.")
GATHERING = "club@example.org"  # who bought the demonstration's sold-out slot


def of_a_basket(page: Page, language: str, day: date) -> Iterator[str]:
    """From the tickets to the order, with a show beside the visit, a clash, and a planned day."""
    times = f"/{language}/tickets/visit/{day}/"
    page.goto(times)
    page.locator("a.slot").nth(2).click()
    yield "tickets"
    page.locator(".sticky-bar button").click()
    yield "tickets-none-chosen"
    page.goto(times)
    page.locator("a.slot").nth(2).click()
    page.locator("input[name=quantity-adult]").fill("2")
    page.locator("input[name=quantity-child]").fill("1")
    page.locator(".sticky-bar button").click()
    yield "details"
    page.locator("form button.button").first.click()
    yield "details-left-empty"
    page.locator("aside a").first.click()
    yield "basket"
    page.locator(".also-list li").first.locator("button").first.click()
    page.goto(f"/{language}/tickets/beetle/{day}/")
    page.locator("a.slot").first.click()
    yield "tickets-beside-a-basket"
    page.locator(".sticky-bar button").click()
    yield "basket-that-clashes"
    yield from _of_a_planned_day(page, language, day)


def _of_a_planned_day(page: Page, language: str, day: date) -> Iterator[str]:
    page.goto(f"/{language}/tickets/day-plan/")
    yield "plan-asked"
    for slug in ("visit", "lightning", "beetle", "cold"):
        page.locator(f"input[name=experience][value={slug}]").check()
    page.locator("#day").fill(day.isoformat())
    page.locator("input[name=quantity-adult]").fill("2")
    page.locator("input[name=quantity-child]").fill("2")
    page.locator(".planning button[type=submit]").click()
    yield "plan"
    page.locator(".proposals form button").first.click()
    yield "basket-planned"
    page.locator(".sticky-bar a").click()
    page.locator("#email").fill("an.peeters@example.org")
    page.locator("form button.button").first.click()
    page.locator("#promotion_code").fill("SCIENCE25")
    page.locator("form:has(#promotion_code) button").click()
    yield "review-with-a-code"
    page.locator("form.card button.button").click()
    yield "pay"
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/orders/**")
    yield "order-of-a-planned-day"


def of_an_own_order(page: Page, language: str) -> Iterator[str]:
    """What a customer does with an order: move, cancel, add, name."""
    journeys.buy(page, language, day=5)
    order = re.sub(r"(/orders/[^/]+/[^/]+/).*", r"\1", urlsplit(page.url).path)
    for path in ("rebooking/", "cancellation/", "addition/", "names/", "details/"):
        page.goto(f"{order}{path}")
        yield f"order-{path[:-1]}"
    page.goto(f"{order}rebooking/")
    page.locator("form.choose-tickets button").click()
    yield "order-rebooking-days"
    page.locator("a.day.free").nth(2).click()
    yield "order-rebooking-times"
    page.locator("a.slot").nth(2).click()
    yield "order-rebooking-review"
    page.locator("form.card button.button").click()
    yield "order-moved"
    page.goto(f"{order}cancellation/")
    page.locator("form.choose-tickets button").click()
    yield "order-cancellation-review"
    page.goto(f"{order}addition/")
    page.locator("input[name=quantity-child]").fill("1")
    page.locator(".sticky-bar button").click()
    yield "order-addition-review"
    page.locator("form.card button.button").click()
    page.goto(order)
    yield "order-with-an-addition-to-pay"


def of_waiting(page: Page, house: House, language: str, day: date) -> Iterator[str]:
    """Wait for the demonstration's sold-out slot, and be offered places in it."""
    page.goto(f"/{language}/tickets/visit/{day}/")
    page.locator("a[href*='waiting/?slot=']").first.click()
    yield "waiting-form"
    page.locator("#email").fill(f"{language}@example.org")
    page.locator("main form button.button").last.click()
    yield "waiting-nobody-chosen"
    page.locator("input[name=quantity-adult]").fill("2")
    page.locator("main form button.button").last.click()
    yield "waiting-asked"
    house.work()
    page.goto(_newest(house, ENTRY))
    yield "waiting-entry"
    _give_back(house)
    house.work()
    page.goto(_newest(house, OFFER))
    yield "waiting-offer"


def of_expiry(page: Page, house: House, language: str, day: date) -> Iterator[str]:
    """Be slower than the places are kept; last, for the clock goes on."""
    page.goto(f"/{language}/tickets/visit/{day}/")
    page.locator("a.slot").nth(2).click()
    page.locator("input[name=quantity-adult]").fill("2")
    page.locator(".sticky-bar button").click()
    house.services.clock.advance(minutes=16)
    page.reload()
    yield "expired"


def of_a_closure(page: Page, house: House, language: str, day: date) -> Iterator[str]:
    """Close a day under three customers: one looks and chooses another time, one takes a card, one lets the time pass.

    The clock goes on by the days they have.
    """
    codes = _close_under(house, language, day, customers=3)
    moved, credited, silent = (_case_link(house, language, code) for code in codes)
    page.goto(moved)
    yield "closed"
    page.goto(f"{moved}refund/")
    yield "closed-money-back"
    page.goto(moved)
    page.locator("a.slot").first.click()
    yield "closed-another-time"
    page.locator("main form button.button").first.click()
    yield "closed-moved"
    page.goto(f"{credited}gift-card/")
    yield "closed-gift-card"
    page.locator("main form button.button").first.click()
    yield "closed-credited"
    house.services.clock.advance(days=15)
    closing.tend(house.services)
    page.goto(silent)
    yield "closed-too-late"


def _close_under(house: House, language: str, day: date, *, customers: int) -> list[str]:
    """Let customers buy the last visit of a day, and close visits on it at once; return their orders' codes."""
    now, codes = house.services.clock.now(), []
    with house.services.database.transaction() as session:
        visits = select(Slot).join(Slot.experience).where(Experience.slug == "visit", Slot.local_date == day)
        slot = session.scalars(visits.order_by(Slot.starts_at.desc())).first()
        for _ in range(customers):
            order = make.confirmed_order(session, slot, now, adult=2, child=1)
            order.email, order.language = f"{language}@example.org", language
            codes.append(order.code)
        reasons = dict(zip(("nl", "fr", "en", "de"), STORM, strict=True))
        wanted = ClosureRequest(
            reasons, slot.starts_at, slot.ends_at, (slot.experience_id,),
            cause=ClosureCause.WEATHER, terms=Terms(undo_minutes=0, bonus_percent=10),
        )  # fmt: skip
        closures.close(session, wanted, actor=system("test"), now=now)
    closing.tend(house.services)
    return codes


def _case_link(house: House, language: str, code: str) -> str:
    with house.services.database.reading() as session:
        secrets = select(ClosureCase.secret).join(Order, Order.id == ClosureCase.order_id).where(Order.code == code)
        return f"/{language}/closed/{session.scalars(secrets).one()}/"


def _newest(house: House, pattern: re.Pattern[str]) -> str:
    """Return the link in the newest mail that has one like it, as it was written there."""
    for path in sorted(house.mail_folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True):
        if found := pattern.search(path.read_bytes().replace(b"=\n", b"").decode(errors="replace")):
            return found[0]
    raise LookupError("No mail holds such a link.")


def _give_back(house: House) -> None:
    """Cancel one of the orders that fill the sold-out slot."""
    now = house.services.clock.now()
    with house.services.database.transaction() as session:
        statement = (
            select(Order)
            .join(OrderLine, OrderLine.order_id == Order.id)
            .join(Slot, Slot.id == OrderLine.slot_id)
            .join(Ticket, Ticket.order_id == Order.id)
            .where(Order.email == GATHERING, Ticket.state == "valid")
            .order_by(Order.id)
        )
        order = session.scalars(statement).unique().first()
        tickets = tuple(session.scalars(select(Ticket.id).where(Ticket.order_id == order.id)))
        wish = Wish(ChangeKind.CANCEL, tickets)
        changes.carry_out(
            session, order.id, wish, change_rules.StaffRules(), f"give-back-{order.id}", actor=system("test"), now=now
        )
