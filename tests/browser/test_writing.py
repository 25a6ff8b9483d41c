"""Writing a page in a real browser: previewed in another tab, kept when the session ends, refused without loss."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests import writing
from tests.browser import journeys
from tests.browser.judging import faults

EDITOR = "/office/pages/society/fr"


def test_a_preview_opens_beside_the_text_and_what_was_typed_stays(open_page):
    page = open_page(width=1280, height=900, javascript="off")
    journeys.sign_in(page, "manager")
    page.goto(EDITOR)
    page.locator("#title").fill("Notre voisinage")

    with page.expect_popup() as opened:
        page.locator("button[formtarget=_blank]").click()

    expect(opened.value.locator(".preview-banner")).to_contain_text("Pas encore affiché")
    expect(opened.value.locator("h1")).to_have_text("Notre voisinage")
    expect(page.locator("#title")).to_have_value("Notre voisinage")


def test_whom_the_session_ends_on_while_writing_loses_no_word(open_page, watch):
    watch.expected.add("400 (BAD REQUEST)")
    page = open_page(width=1280, height=900)
    journeys.sign_in(page, "manager")
    page.goto(EDITOR)
    page.locator("#lead").fill("Une phrase qui m’a coûté une heure.")
    page.context.clear_cookies()
    page.locator("button[value=draft]").click()
    expect(page.locator("#lead")).to_have_count(0)

    journeys.sign_in(page, "manager")
    page.goto(EDITOR)
    expect(page.locator("[data-kept]")).to_be_visible()
    page.locator("[data-put-back]").click()
    expect(page.locator("#lead")).to_have_value("Une phrase qui m’a coûté une heure.")
    page.locator("button[value=draft]").click()

    expect(page.locator(".notice.done")).to_be_visible()
    page.goto(EDITOR)
    expect(page.locator("[data-kept]")).to_be_hidden()
    expect(page.locator("#lead")).to_have_value("Une phrase qui m’a coûté une heure.")


def test_axe_finds_nothing_where_a_text_was_refused_and_where_a_picture_stands(open_judged, watch):
    watch.expected.add("422 (UNPROCESSABLE")
    for scheme in ("light", "dark"):
        page = open_judged(scheme=scheme)
        journeys.sign_in(page, "manager")
        page.goto("/office/pictures")
        page.locator("#file").set_input_files(
            {"name": "robot.png", "mimeType": "image/png", "buffer": writing.file("PNG", size=(600, 400))}
        )
        page.locator("#name").fill("Robot")
        for language, words in writing.ALTS.items():
            page.locator(f"#alt_{language}").fill(words)
        journeys.follow(page.locator("section#add button.button"))
        expect(page).to_have_url(re.compile("/office/pictures/[0-9a-f]{24}"))
        found = faults(page)
        page.goto("/office/pictures")
        expect(page.locator(".library img")).to_be_visible()
        found += faults(page)
        page.goto(EDITOR)
        page.locator("#body").fill("[x](page:nowhere)")
        page.locator("button[value=show]").click()
        expect(page.locator("[role=alert]")).to_be_visible()
        found += faults(page)

        assert found == []
