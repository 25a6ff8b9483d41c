"""The calendar, the times of a day, errors and the design page: by keyboard, without JavaScript, large, printed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journeys
from tests.browser.judging import faults

DAYS, DAY = "/nl/tickets/", "/nl/tickets/visit/2026-11-25/"
FINGER = 44  # CSS pixels


def focused_day(page: Page) -> str:
    return page.locator(":focus").get_attribute("id") or ""


def press(page: Page, *keys: str) -> str:
    for key in keys:
        page.keyboard.press(key)
    return focused_day(page)


def test_arrows_move_between_the_days_and_a_month_is_one_stop_of_tab(open_page):
    page = open_page(width=1440, height=900)
    page.goto(DAYS)
    page.locator("#day-2026-11-24").focus()

    assert press(page, "ArrowRight") == "day-2026-11-25"
    assert press(page, "ArrowDown") == "day-2026-12-02"
    assert press(page, "ArrowLeft", "ArrowLeft") == "day-2026-11-30"
    assert press(page, "PageDown") == "day-2026-12-30"
    assert press(page, "Home") == "day-2026-12-28"
    assert press(page, "End") == "day-2026-12-31"
    assert press(page, "ArrowUp", "ArrowUp") == "day-2026-12-17"
    assert press(page, "PageUp") == "day-2026-11-24"
    assert page.locator("table[role=grid] a.day[tabindex='0']").count() == 2

    page.locator("#day-2026-12-17").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("visit/2026-12-17/"))


def test_arrows_pass_over_days_that_cannot_be_chosen_and_stop_at_the_edge(open_page):
    page = open_page(width=1440, height=900)
    page.goto(DAYS)
    page.locator("#day-2026-12-06").focus()

    assert press(page, "ArrowRight") == "day-2026-12-08", "Mondays are usually closed"
    assert press(page, "End", "Home", "PageUp") == "day-2026-11-24"
    page.locator("#day-2026-11-24").focus()
    assert press(page, "ArrowLeft", "ArrowUp") == "day-2026-11-24"


def test_turning_the_page_by_keyboard_goes_on_at_the_same_day(open_page):
    page = open_page(width=1440, height=900)
    page.goto(DAYS)
    page.locator("#day-2026-12-17").focus()

    page.keyboard.press("PageDown")

    page.wait_for_url(re.compile("month=2027-01"))
    expect(page.locator("#day-2027-01-17")).to_be_focused()


def test_a_day_says_its_date_its_state_and_what_is_left(page):
    page.goto("/nl/tickets/")

    told = page.locator(".calendar").aria_snapshot()

    assert re.search(r"woensdag 25 november: vrij, 12 tijdstippen, nog \d+ plaatsen", told)
    assert "dinsdag 24 november, vandaag: vrij" in told
    assert "dinsdag 15 december: gesloten. We vernieuwen het dak" in told
    assert re.search(r'grid "Dagen van november 2026', told)
    assert 'columnheader "maandag"' in told


def test_every_day_is_a_link_without_javascript(open_page):
    page = open_page(javascript="off")
    page.goto(DAYS)

    assert page.locator("table.month[role=grid]").count() == 0
    assert page.locator("a.day[tabindex]").count() == 0
    page.locator("#day-2026-12-15").click()
    expect(page.locator("h1")).to_have_text("dinsdag 15 december")
    expect(page.locator("main")).to_contain_text("We vernieuwen het dak")
    page.locator(".closed-day .day-row").first.click()
    page.wait_for_url(re.compile("visit/2026-12-16/"))
    expect(page.locator("a.slot").first).to_be_visible()


def test_what_is_shown_can_be_chosen_again_elsewhere_on_a_phone(open_page):
    page = open_page(javascript="off")
    page.goto(DAYS)
    expect(page.locator(".offers ul")).to_be_hidden()

    page.locator(".offers summary").click()
    page.locator(".offers a", has_text="Keukenchemie").click()

    expect(page.locator(".offers summary")).to_contain_text("Keukenchemie")


def test_on_a_wide_screen_everything_on_offer_and_two_months_are_in_view_at_once(open_page):
    page = open_page(width=1440, height=900)
    page.goto(DAYS)

    expect(page.locator(".offers a.offer")).to_have_count(7)
    expect(page.locator(".offers a.offer").last).to_be_visible()
    first, second = (month.bounding_box() for month in page.locator("table.month").all())
    assert first["y"] == pytest.approx(second["y"], abs=2)
    assert second["x"] > first["x"] + first["width"]
    assert second["y"] + second["height"] < 900


def test_a_day_is_wide_enough_for_a_finger_on_a_small_phone(page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(DAYS)

    widths = page.locator("a.day").evaluate_all("(found) => found.map((day) => day.getBoundingClientRect().width)")

    assert min(widths) >= FINGER


def test_states_are_told_apart_in_forced_colours(open_page):
    page = open_page(width=1440, height=900)
    journeys.sign_in(page, "manager")
    page.emulate_media(forced_colors="active")
    page.goto("/office/design")

    seen = {}
    for mark in ("free", "few", "full", "closed", "none", "past"):
        drawn = page.locator(f".month .day.{mark} .mark").last.evaluate(
            """(sign) => { const own = getComputedStyle(sign), inner = getComputedStyle(sign, "::before");
              return [own.visibility, own.borderTopWidth, own.borderBottomWidth, inner.content, inner.borderLeftWidth];
            }"""
        )
        seen[mark] = tuple(drawn)

    assert len(set(seen.values())) == 6, seen
    chosen = page.locator(".month .day.is-chosen").evaluate("(day) => getComputedStyle(day).outlineStyle")
    assert chosen == "solid"


def test_nothing_moves_for_those_who_asked_for_stillness(open_page):
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    for path in (DAYS, DAY):
        page.goto(path)
        assert page.evaluate("document.getAnimations().length") == 0
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
        moving = page.locator("*").evaluate_all(
            "(all) => all.filter((each) => getComputedStyle(each).transitionDuration !== '0s').length"
        )
        assert moving == 0


@pytest.mark.parametrize("path", ["/nl/", DAYS, DAY])
def test_nothing_jumps_on_a_wide_screen_while_a_page_loads(open_page, path):
    page = open_page(width=1440, height=844)
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => { for (const each of list.getEntries()) window.shifts.push(each.value); })
          .observe({type: "layout-shift", buffered: true});"""
    )
    page.goto(path)
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")

    assert sum(page.evaluate("window.shifts")) < 0.01


def test_an_order_prints_its_tickets_and_no_buttons(page):
    journeys.buy(page)

    page.emulate_media(media="print", color_scheme="dark")

    expect(page.locator(".ticket-card").first).to_be_visible()
    expect(page.locator("header .doors")).to_be_hidden()
    expect(page.locator(".page-foot")).to_be_hidden()
    expect(page.get_by_role("link", name="Tickets downloaden (pdf)")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.locator(".ticket-card").first.evaluate("(card) => getComputedStyle(card).color") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_design_page_shows_everything_in_the_theme_asked_for(open_judged, theme):
    page = open_judged(width=1440, height=900, scheme="light" if theme == "dark" else "dark", javascript="on")
    journeys.sign_in(page, "manager")
    page.goto(f"/office/design?theme={theme}")

    assert faults(page) == []
    ground = {"light": "rgb(250, 246, 238)", "dark": "rgb(18, 16, 31)"}[theme]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    expect(page.locator(".grid-table").first).not_to_contain_text("✕")
