"""Plans change: moved from the mail's link on a phone in Dutch, without an account; the old code opens nothing."""

from __future__ import annotations

import email
import re
from email import policy

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journeys
from tests.browser.test_visit import assert_no_sideways_scroll


def mails_of(house, order_code: str) -> list[email.message.EmailMessage]:
    """The mails of an order, the oldest first."""
    files = sorted(house.mail_folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in mails if order_code in mail.get_body(("plain",)).get_content()]


def link_in(mail) -> str:
    return re.search(r"http://\S+/orders/\S+", mail.get_body(("plain",)).get_content())[0]


def codes_on(page: Page) -> list[str]:
    return [re.sub(r"\s", "", code.inner_text()) for code in page.locator(".ticket-card .code").all()]


def test_a_visit_is_moved_from_the_link_of_the_mail(page, open_page, house):
    order_code = journeys.buy(page, day=2)
    house.work()
    phone = open_page()
    phone.goto(link_in(mails_of(house, order_code)[0]))
    old = codes_on(phone)

    phone.get_by_role("link", name="Verplaats naar een ander moment").click()
    expect(phone.locator("h1")).to_have_text("Welke tickets verplaats je?")
    phone.get_by_role("button", name="Kies een andere dag").click()
    phone.locator("a.day.free").nth(4).click()
    phone.locator("a.slot").nth(2).click()
    expect(phone.locator("h1")).to_have_text("Naar dit moment verplaatsen?")
    expect(phone.locator("main")).to_contain_text("De codes van de oude tickets zijn dan ongeldig")
    phone.get_by_role("button", name="Verplaats, je betaalt niets").click()

    expect(phone.locator(".notice.done")).to_contain_text("3 tickets verplaatst van")
    expect(phone.locator(".ended li")).to_have_count(3)
    new = codes_on(phone)
    assert len(new) == 3
    assert set(new).isdisjoint(old)
    house.work()
    assert "gewijzigd" in mails_of(house, order_code)[-1]["Subject"]
    desk = open_page()
    journeys.to_the_gate(desk)
    journeys.scan(desk, old[0])
    expect(desk.locator(".verdict.refuse .word")).to_have_text("Ongeldig")
    journeys.scan(desk, new[0])
    expect(desk.locator(".verdict .word")).to_have_text("Andere dag")


@pytest.mark.parametrize("language", ["de"])
def test_moving_adding_and_cancelling_without_javascript_at_320_pixels(open_page, language):
    page = open_page(width=320, height=640, javascript="off")
    journeys.buy(page, language, day=6)
    order = page.url

    journeys.move(page, order)
    assert_no_sideways_scroll(page)
    journeys.add_a_child(page)
    page.locator("button[value=pay]").click()
    expect(page.locator(".ticket-card")).to_have_count(4)
    assert_no_sideways_scroll(page)
    for path in ("rebooking/", "rebooking/days/?t=4", "names/", "details/", "cancellation/", "addition/"):
        page.goto(f"{order}{path}")
        assert_no_sideways_scroll(page)
    page.goto(f"{order}cancellation/")
    journeys.follow(page.locator("form.choose-tickets button"))
    assert_no_sideways_scroll(page)
    page.locator("form.card button.danger").click()

    expect(page.locator(".ticket-card")).to_have_count(0)
    expect(page.locator(".ended li")).to_have_count(7)
    assert_no_sideways_scroll(page)


def test_a_lost_link_comes_by_mail(page, house):
    order_code = journeys.buy(page, day=2)

    page.locator("footer a[href$='/orders/lost/']").click()
    page.locator("#email").fill("an.peeters@example.org")
    page.get_by_role("button", name="Mail me de links").click()
    expect(page.locator("h1")).to_have_text("Kijk in je mailbox")
    house.work()

    (mail,) = [mail for mail in mails_of(house, order_code) if "bestellingen" in mail["Subject"]]
    links = re.findall(r"http://\S+/orders/\S+", mail.get_body(("plain",)).get_content())
    page.goto(next(link for link in links if order_code in link))
    expect(page.locator(".ticket-card")).to_have_count(3)
