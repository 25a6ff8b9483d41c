"""Every mail can be looked at in every language, with made-up facts; nothing is sent."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.house.source import HOME
from tests.staff_stage import signed_in
from ticketing.foundation.jobs import Job
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations.mail_samples import SAMPLES
from ticketing.web.office.mails import MAIL_NAMES
from ticketing.web.office.order_words import MAIL_WORDS

pytestmark = pytest.mark.one_engine

TEMPLATES = {path.name.removesuffix(".subject.txt") for path in (HOME / "templates" / "mail").glob("*.subject.txt")}


def test_every_mail_has_samples_with_names():
    assert {name.partition(".")[0] for name in SAMPLES} == TEMPLATES
    assert set(MAIL_NAMES) == set(SAMPLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_is_shown_as_html_and_as_text(app, services, mailbox, language):
    manager = signed_in(app, services)

    for name in SAMPLES:
        page = manager.get(f"/office/mails/{name}/{language}")
        framed = manager.get(f"/office/mails/{name}/{language}/html")

        assert (page.status_code, framed.status_code) == (200, 200), name
        assert f'src="/office/mails/{name}/{language}/html"' in page.get_data(as_text=True)
        assert f'<html lang="{language}">' in framed.get_data(as_text=True)
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
        assert "script-src" not in framed.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
        text = re.search(r'<pre class="mail-text"[^>]*>(.*?)</pre>', page.get_data(as_text=True), re.DOTALL)[1]
        assert max(len(part) for part in text.split("\n\n")) < 900
        assert not re.search(r"\n{4,}|\{\{|\{%|None", text), name
    assert mailbox.messages == []
    with services.database.reading() as session:
        assert session.scalars(select(Job)).all() == []


def test_the_first_line_of_every_mail_says_what_to_do_next(app, services):
    manager = signed_in(app, services)

    first_lines = set()
    for name in SAMPLES:
        framed = manager.get(f"/office/mails/{name}/en/html").get_data(as_text=True)
        first_lines.add(re.search(r"<h1>(.*?)</h1>", framed, re.DOTALL)[1].split(" ")[0])

    assert first_lines <= {"Show", "You", "Come", "Look", "Was", "Press", "Take", "Leave", "Ask", "Choose", "Write"}


def test_the_mails_of_an_orders_life_have_words():
    assert set(MAIL_WORDS) == {
        "send_confirmation", "send_change_mail", "send_late_payment_mail", "send_tickets", "send_address_mail",
        "send_closure_case", "send_closure_over",
    }  # fmt: skip
