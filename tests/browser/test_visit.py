"""A whole visit in a real browser: bought on a phone in Dutch, mailed, scanned at the desk; then the centre closes."""

from __future__ import annotations

import email
import re
from email import policy

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from tests.browser import journeys


def ticket_codes(house, order_code: str) -> list[str]:
    """Read the codes out of the mailed PDF, with a decoder that is not ours."""
    for file in house.mail_folder.glob("*.eml"):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        if order_code in message["Subject"]:
            pages = next(part for part in message.iter_attachments() if part.get_filename() == f"{order_code}.pdf")
            document = pypdfium2.PdfDocument(pages.get_payload(decode=True))
            return [zxingcpp.read_barcodes(page.render(scale=2).to_pil())[0].text for page in document]
    raise AssertionError(f"no mail for {order_code}")


def test_from_the_home_page_to_the_door(page, open_page, house):
    order_code = journeys.buy(page, day=0, time=0)
    expect(page.locator("h1")).to_have_text("Bedankt, tot binnenkort!")
    house.work()
    code, *others = ticket_codes(house, order_code)
    assert len(others) == 2

    desk = open_page(width=390)
    journeys.to_the_gate(desk)
    journeys.scan(desk, code)
    expect(desk.locator(".verdict.admit .word")).to_be_visible()
    journeys.scan(desk, code.lower())
    expect(desk.locator(".verdict .word")).to_be_visible()
    expect(desk.locator(".verdict .why")).to_contain_text("10.00")


def test_closing_is_seen_at_once_by_site_shop_and_door_and_so_is_reopening(page, open_page, house, watch):
    watch.expected.add("409 (CONFLICT)")
    order_code = journeys.buy(page, day=0, time=0)
    house.work()
    code = ticket_codes(house, order_code)[0]
    office = open_page(width=1440, height=900)
    journeys.sign_in(office, "manager")

    office.goto("/office/closures")
    office.locator("main form button[type=submit], main form button:not([type])").first.click()
    office.locator("textarea#reason_nl").fill("Gesloten wegens storm")
    office.locator("button.danger").click()
    expect(office.locator("main")).to_contain_text("Gesloten wegens storm")

    try:
        page.goto("/nl/")
        expect(page.locator(".closed-banner")).to_contain_text("Gesloten wegens storm")
        expect(page.locator(".status .pill")).to_have_class(re.compile("is-closed"))
        page.goto("/nl/tickets/visit/2026-11-24/")
        expect(page.locator("main")).to_contain_text("Gesloten wegens storm")
        expect(page.locator("a.slot")).to_have_count(0)
        desk = open_page()
        journeys.to_the_gate(desk)
        journeys.scan(desk, code)
        expect(desk.locator(".verdict")).to_contain_text("Gesloten wegens storm")
    finally:
        office.goto("/office/closures")
        office.locator("form[action$='/lifting'] button").first.click()

    page.goto("/nl/")
    expect(page.locator(".closed-banner")).to_have_count(0)
    page.goto("/nl/tickets/visit/2026-11-24/")
    expect(page.locator("a.slot").first).to_be_visible()


@pytest.mark.parametrize("language", ["nl", "fr"])
def test_the_whole_purchase_without_javascript_at_320_pixels(open_page, language):
    page = open_page(width=320, height=640, javascript="off")

    journeys.to_tickets(page, language)
    assert_no_sideways_scroll(page)
    journeys.to_review(page)
    assert_no_sideways_scroll(page)
    journeys.pay(page)

    expect(page.locator(".ticket-card")).to_have_count(3)
    assert_no_sideways_scroll(page)


def assert_no_sideways_scroll(page: Page) -> None:
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 320
    for wide in page.locator("main > *").all():
        inner = wide.bounding_box()
        assert inner is None or inner["x"] + inner["width"] <= 321, wide.evaluate("element => element.outerHTML")[:200]


def test_the_whole_purchase_by_keyboard_alone(page):
    page.goto("/nl/tickets/")
    press_until(page, "a.day.free")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/visit/\d"))
    press_until(page, "a.slot")
    page.keyboard.press("Enter")
    press_until(page, "input[name=quantity-adult]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    press_until(page, "#email")
    page.keyboard.type("an.peeters@example.org")
    page.keyboard.press("Enter")
    press_until(page, "form.card button.button")
    page.keyboard.press("Enter")
    press_until(page, "button[value=pay]")
    page.keyboard.press("Enter")

    expect(page.locator(".ticket-card")).to_have_count(1)


def press_until(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something, as somebody without a mouse does; it must be visible there."""
    expect(page.locator(selector).first).to_be_visible()
    for _ in range(90):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.evaluate("(element, selector) => element.matches(selector)", selector):
            assert focused.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab never reached {selector}")


def test_the_menu_opens_and_closes_by_keyboard_and_gives_the_focus_back(page):
    page.goto("/nl/")
    button = page.locator("details.menu > summary")

    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".panel")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator(".panel")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_slow_bank_waits_on_the_order_page_and_then_shows_the_tickets(page, house):
    journeys.to_tickets(page)
    journeys.to_review(page)
    journeys.pay(page, "slow_success")
    expect(page.locator("h1")).to_have_text("We wachten op je bank")

    house.services.clock.advance(seconds=30)
    house.services.sandbox.deliver_due(lambda body, signature: 200, house.services.clock.now())
    page.reload()
    order = page.url
    page.goto(f"{order}return/?session_id={_session_of(house)}")

    expect(page.locator(".ticket-card")).to_have_count(3)


def _session_of(house) -> str:
    with house.services.sandbox._store.transaction() as documents:
        return documents.list_of("checkout.session", status="complete")[-1]["id"]
