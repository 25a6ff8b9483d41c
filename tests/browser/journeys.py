"""Steps of a visit, as a person takes them; shared by the stories."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from ticketing.operations.demo import SIGN_INS

PASSWORDS = {role.value: (email, password) for email, _, role, password in SIGN_INS}


def follow(target: Locator) -> None:
    """Press a link or a button, and wait until the page that it leads to stands; nobody can judge one being left."""
    with target.page.expect_navigation():
        target.click()


def to_tickets(page: Page, language: str = "nl", day: int = 1, time: int = 4) -> None:
    """From the home page to the tickets of a free slot, on one of the coming days."""
    to_slots(page, language, day)
    follow(page.locator("a.slot").nth(time))


def to_slots(page: Page, language: str = "nl", day: int = 1) -> None:
    """From the home page to the times of one of the coming days."""
    page.goto(f"/{language}/")
    follow(page.locator("header .doors a.button"))
    follow(page.locator("a.day.free").nth(day))


def to_review(page: Page, email: str = "an.peeters@example.org") -> None:
    """From the tickets to the review page: two adults and a child."""
    page.locator("input[name=quantity-adult]").fill("2")
    page.locator("input[name=quantity-child]").fill("1")
    follow(page.locator(".sticky-bar button"))
    page.locator("#email").fill(email)
    page.locator("#name").fill("An Peeters")
    follow(page.locator("form button.button").first)


def pay(page: Page, outcome: str = "pay") -> None:
    """From the review page through the sandbox's pay page."""
    page.locator("form.card button.button").click()
    expect(page.locator("button[value=pay]")).to_be_visible()
    page.locator(f"button[value={outcome}]").click()


def buy(page: Page, language: str = "nl", day: int = 1, time: int = 4) -> str:
    """The whole way; returns the order's code."""
    to_tickets(page, language, day, time)
    to_review(page)
    pay(page)
    expect(page.locator(".ticket-card")).to_have_count(3)
    found = re.search(r"/orders/([A-Z2-9]{8})/", page.url)
    assert found is not None
    return found[1]


def move(page: Page, order: str) -> None:
    """Move all tickets of an order to a free time of another day."""
    page.goto(f"{order}rebooking/")
    page.locator("form.choose-tickets button").click()
    page.locator("a.day.free").nth(2).click()
    page.locator("a.slot").nth(2).click()
    page.locator("form.card button.button").click()
    expect(page.locator(".notice.done")).to_be_visible()


def add_a_child(page: Page) -> None:
    """From an order's page as far as the provider's: one ticket more."""
    page.locator("a[href$='/addition/']").click()
    page.locator("input[name=quantity-child]").fill("1")
    page.locator(".sticky-bar button").click()
    page.locator("form.card button.button").click()
    expect(page.locator("button[value=pay]")).to_be_visible()


def sign_in(page: Page, role: str) -> None:
    """Sign in as one of the demonstration's people."""
    email, password = PASSWORDS[role]
    page.goto("/desk/sign-in?language=nl")
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(password)
    page.locator("main form button[type=submit]").first.click()
    expect(page).not_to_have_url(re.compile("sign-in"))


def scan(page: Page, code: str) -> None:
    """Type a code at the gate, as a handheld scanner does."""
    page.goto("/desk/scan")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")


def to_the_gate(page: Page) -> None:
    """Sign in at the desk and take the first gate."""
    sign_in(page, "front_desk")
    page.goto("/desk/")
    gates = page.locator("form[action='/desk/gate'] button")
    if gates.count():
        gates.first.click()
