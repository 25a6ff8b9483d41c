"""Pages, menus and announcements in the office: written, previewed, scheduled, refused without losing a word."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from html import escape, unescape

import pytest

from tests import make, writing
from tests.staff_stage import Browser, add_account, email_of, signed_in
from ticketing.content import editing, pages
from ticketing.content.models import Announcement, MenuVersion, PageVersion
from ticketing.content.page_list import PLANNED, RESERVED
from ticketing.foundation.languages import LANGUAGES
from ticketing.staff.models import Role

pytestmark = pytest.mark.one_engine

EDITOR = "/office/pages/mission/fr"
FORM = {
    "title": "Notre raison d’être", "menu_label": "Mission", "description": "Pourquoi nous sommes là.",
    "lead": "Voici pourquoi.", "body": "## Notre mission {mission}\nRapprocher la science.", "picture_key": "",
    "based_on": "0", "beside": "0",
}  # fmt: skip
TEXTS = {f"text_{language}": f"Lift out of order ({language})" for language in LANGUAGES}


@pytest.fixture
def office(app, services):
    browser = signed_in(app, services, Role.MANAGER)
    browser.get("/office/pages")
    return browser


def text_of(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def seen(client, path="/fr/mission/"):
    return text_of(client.get(path))


def rows(database, kind=PageVersion):
    with database.reading() as session:
        return session.query(kind).order_by(kind.id).all()


@pytest.fixture
def outdated(database, now):
    """The Dutch original says something else than the French page by now."""
    with database.transaction() as session:
        old = pages.shown_texts(session, "nl", now=now)["mission"]
        new = writing.text(title="Onze missie", body=old.body.replace("dichter bij de mensen", "tot in de keuken"))
        editing.show(session, editing.Writing("mission", "nl", new, 0, None), ANYWHERE, actor=writing.EVA, now=now)


ANYWHERE = writing.References(lambda target: f"/{target}/", lambda key: None)


FORMS = (EDITOR, "/office/pages/mission/nl", f"{EDITOR}/preview")
ODD_VALUES = ("<script>alert(1)</script>", "9" * 40, "-1", "٣", "{{ 7*7 }}", "\u202e", "’;--")
PATHS = (
    "pages", "pages/mission/nl", "pages/mission/fr/history", "pages/mission/fr/history/0",
    "pages/mission/fr/history/0/differences", "pictures", "menus/foot", "announcements",
)  # fmt: skip


@pytest.mark.parametrize("role", Role)
def test_managers_and_administrators_edit_and_the_front_desk_does_not(app, services, role):
    browser = signed_in(app, services, role)

    answers = {path: browser.get(f"/office/{path}") for path in PATHS}

    expected = 403 if role is Role.FRONT_DESK else 200
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(PATHS, expected)
    assert {answer.headers["Cache-Control"] for answer in answers.values()} == {"no-store"}


def test_the_whole_way_of_a_translation(office, outdated, client, clock, database):
    page = office.get(EDITOR).get_data(as_text=True)
    assert 'class="standing-sign is-outdated"' in page
    assert "<del>dichter</del>" in page
    assert "<ins>tot</ins>" in page
    assert 'name="beside" value="1"' in page
    form = {**FORM, "beside": "1"}

    preview = office.post(f"{EDITOR}/preview", form)
    assert preview.status_code == 200
    assert '<html lang="fr">' in preview.get_data(as_text=True)
    assert "Pas encore affiché." in text_of(preview)
    assert "Notre raison d’être" in text_of(preview)
    assert [row.language for row in rows(database)] == ["nl"]

    saved = office.post(EDITOR, {**form, "act": "schedule", "shows_from": "2026-11-24T11:00"})
    assert (saved.status_code, saved.location) == (303, f"{EDITOR}?done=schedule")
    assert "Scheduled. The text shows by itself" in text_of(office.get(saved.location))
    assert "Tue 24 Nov, 11:00" in text_of(office.get("/office/pages"))

    clock.advance(minutes=59, seconds=59)
    assert "Notre raison d’être" not in seen(client)
    clock.advance(seconds=1)
    assert "Notre raison d’être" in seen(client)
    office.sign_in()
    assert 'class="standing-sign is-up_to_date"' in office.get(EDITOR).get_data(as_text=True)


def test_a_draft_is_kept_and_opened_again_and_shown_with_one_press(office, client):
    office.post(EDITOR, {**FORM, "act": "draft"})

    page = office.get(EDITOR).get_data(as_text=True)
    assert 'value="Notre raison d’être"' in page
    assert "This is number 1: draft." in text_of(office.get(EDITOR))
    assert "Notre raison d’être" not in seen(client)

    office.post(EDITOR, {**FORM, "based_on": "1", "act": "show"})

    assert "Notre raison d’être" in seen(client)


def test_pressing_enter_saves_a_draft_and_shows_nothing(office, database):
    office.post(EDITOR, FORM)

    assert [row.shows_from for row in rows(database)] == [None]


@pytest.mark.parametrize(
    ("change", "meaning", "is_outdated"), [("meaning", 1, True), ("correction", 0, False), ("", 1, True)]
)
def test_the_original_says_whether_translations_must_follow(office, database, change, meaning, is_outdated):
    office.post("/office/pages/mission/nl", {**FORM, "opened": "0", "act": "show", "change": change})

    assert rows(database)[0].meaning == meaning
    assert ("outdated" in text_of(office.get("/office/pages"))) is is_outdated


def test_a_draft_of_the_original_shown_untouched_keeps_its_meaning(office, database):
    office.post("/office/pages/mission/nl", {**FORM, "opened": "0", "act": "draft"})
    office.post("/office/pages/mission/nl", {**FORM, "based_on": "1", "opened": "1", "act": "show"})

    assert [row.meaning for row in rows(database)] == [1, 1]


def test_a_translation_can_be_made_beside_a_text_that_is_still_to_come(office, database, now):
    with database.transaction() as session:
        writing.schedule(session, now, now + timedelta(days=1), title="Straks")

    page = text_of(office.get(EDITOR))
    beside = office.get(f"{EDITOR}?beside=1")
    office.post(EDITOR, {**FORM, "beside": "1"})

    assert "Translate number 1 instead (scheduled)" in page
    assert "Straks" in text_of(beside)
    assert rows(database)[1].meaning == 1


def test_a_language_without_a_text_can_start_from_the_original(office, database, now):
    with database.transaction() as session:
        editing.add_page(session, "nacht", "Nacht van de wetenschap", actor=writing.EVA, now=now)

    assert "Start from the Dutch text" in text_of(office.get("/office/pages/nacht/de"))
    page = office.get("/office/pages/nacht/de?start=original").get_data(as_text=True)
    assert 'lang="de" value="Nacht van de wetenschap"' in page


REFUSED = [
    ({"lead": "  "}, "lead", "This is needed."),
    ({"title": ""}, "title", "This is needed."),
    ({"title": "x" * 111}, "title", "at most 110 characters"),
    ({"body": "x" * 60_001}, "body", "at most 60000 characters"),
    ({"body": "[a](page:nowhere) and [b](javascript:alert)"}, "body", "page:nowhere : no such page in this language"),
    ({"body": "![](picture:0123456789)"}, "body", "picture:0123456789 : no such picture"),
    ({"picture_key": "0" * 24}, "picture_key", "not there any more"),
    ({"picture_key": "x" * 300}, "picture_key", "not there any more"),
    ({"act": "schedule", "shows_from": ""}, "shows_from", "Give a date and a time."),
    ({"act": "schedule", "shows_from": "2026-11-24T10:00"}, "shows_from", "still to come"),
    ({"act": "schedule", "shows_from": "2027-03-28T02:30"}, "shows_from", "The clock skips it"),
    ({"act": "schedule", "shows_from": "2027-02-30T02:30"}, "shows_from", "Give a date and a time."),
    ({"act": "schedule", "shows_from": "9999-12-31T23:59"}, "shows_from", "Give a date and a time."),
    ({"act": "schedule", "shows_from": "0001-01-01T00:00"}, "shows_from", "Give a date and a time."),
    ({"act": "schedule", "shows_from": "٢٠٢٧-01-01T00:00"}, "shows_from", "Give a date and a time."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_shown_is_refused_with_everything_that_was_typed(office, database, changes, field, sentence):
    form = {**FORM, "act": "show", **changes}

    answer = office.post(EDITOR, form)

    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert re.search(rf'(id|name)="{field}"[^>]*aria-invalid="true"', page)
    assert sentence in text_of(answer)
    for name in ("title", "menu_label", "description", "lead", "body", "shows_from"):
        assert form.get(name, "").strip() in page, name
    assert rows(database) == []


@pytest.mark.parametrize("field", ["title", "body", "based_on", "opened", "beside", "shows_from", "act", "change"])
def test_odd_fields_are_text_or_refused_and_never_break_the_page(office, field):
    for value, address in zip(ODD_VALUES, itertools.cycle(FORMS), strict=False):
        answer = office.post(address, {**FORM, "act": "draft", field: value})

        assert answer.status_code in (200, 303, 409, 422), address
        assert "<script>alert" not in answer.get_data(as_text=True)


def test_a_form_without_fields_is_refused_with_the_form(office):
    assert office.post(EDITOR).status_code == 422
    assert office.post(f"{EDITOR}/preview").status_code == 200


def test_who_saves_second_keeps_what_they_typed_and_learns_who_was_first(app, services, office, client):
    add_account(services, email="tom@example.org")
    tom = Browser(app)
    tom.sign_in(email="tom@example.org")
    tom.get(EDITOR)
    tom.post(EDITOR, {**FORM, "title": "Celui de Tom", "act": "show"})

    answer = office.post(EDITOR, {**FORM, "act": "show"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'value="Notre raison d’être"' in page
    assert "Test manager saved number 1 of this text meanwhile" in text_of(answer)
    assert f'href="{EDITOR}/history/1"' in page
    assert "<ins>raison</ins>" in page or "<ins>Notre raison d’être</ins>" in page
    assert 'name="based_on" value="1"' in page
    assert "Celui de Tom" in seen(client)

    assert office.post(EDITOR, {**FORM, "based_on": "1", "act": "show"}).status_code == 303
    assert "Notre raison d’être" in seen(client)


def test_a_preview_is_the_page_with_its_live_facts_in_its_language_and_for_its_audience(office):
    for slug, language, words in (
        ("prices", "de", "Noch nicht gezeigt."), ("home", "en", "Not shown yet."),
        ("home-host", "nl", "Nog niet getoond."),
        ("programme", "fr", "Pas encore affiché."), ("opening-hours", "nl", "Nog niet getoond."),
        ("schools", "nl", "Nog niet getoond."),
    ):  # fmt: skip
        answer = office.post(f"/office/pages/{slug}/{language}/preview", {**FORM, "body": "## A\n<b>x</b>{{ centre }}"})
        assert answer.status_code == 200
        assert words in text_of(answer)
        assert "<b>x</b>Technopolis" in text_of_escaped(answer)
        assert 'name="robots" content="noindex"' in answer.get_data(as_text=True)
        assert answer.headers["Cache-Control"] == "no-store"


def text_of_escaped(answer):
    return unescape(answer.get_data(as_text=True))


def test_a_preview_is_never_shown_to_anybody_else(office, client):
    before = seen(client)
    office.post(f"{EDITOR}/preview", FORM)

    assert seen(client) == before


def test_the_history_shows_compares_restores_and_takes_back(office, client, database):
    office.post(EDITOR, {**FORM, "act": "show"})
    office.post(
        EDITOR, {**FORM, "title": "Plus tard", "based_on": "1", "act": "schedule", "shows_from": "2026-12-01T09:00"}
    )
    history = f"{EDITOR}/history"

    page = text_of(office.get(history))
    assert all(word in page for word in ("scheduled", "shown", "shown before", "came with the house", "Test manager"))
    assert "Visitors saw this text before." not in page
    assert "Les visiteurs ont vu ce texte auparavant." in text_of(office.get(f"{history}/0"))
    assert "<ins>tard</ins>" in office.get(f"{history}/2/differences").get_data(as_text=True)
    assert "It says the same" in text_of(office.get(f"{history}/1/differences"))

    office.post(f"{history}/2/withdrawal")
    office.post(f"{history}/0/restoration", {"based_on": "2"})

    assert "Mission et vision" in seen(client)
    assert [row.number for row in rows(database)] == [1, 2, 3]
    assert "taken back" in text_of(office.get(history))


def test_restoring_and_taking_back_too_late_say_so_and_change_nothing(office, database):
    office.post(EDITOR, {**FORM, "act": "show"})

    stale = office.post(f"{EDITOR}/history/0/restoration", {"based_on": "0"})
    late = office.post(f"{EDITOR}/history/1/withdrawal")

    assert (stale.status_code, late.status_code) == (409, 409)
    assert 'role="alert"' in stale.get_data(as_text=True)
    assert len(rows(database)) == 1


def test_an_older_text_that_leads_nowhere_is_opened_to_be_mended(office, database, now):
    with database.transaction() as session:
        for title in ("Oud", "Nieuw"):
            body = "[x](page:gone)" if title == "Oud" else ""
            wanted = editing.Writing(
                "mission", "fr", writing.text(title, body), writing.newest(session, "fr", now=now), 0
            )
            editing.show(session, wanted, ANYWHERE, actor=writing.EVA, now=now)

    answer = office.post(f"{EDITOR}/history/1/restoration", {"based_on": "2"})

    assert answer.status_code == 422
    assert "page:gone" in text_of(answer)
    assert 'value="Oud"' in answer.get_data(as_text=True)


def test_a_page_is_added_written_shown_and_linked_to(office, client):
    added = office.post("/office/pages", {"slug": "nacht", "title": "Nacht van de wetenschap"})
    assert added.location == "/office/pages/nacht/nl"
    assert client.get("/nl/nacht/").status_code == 404

    office.post("/office/pages/nacht/nl", {**FORM, "based_on": "1", "opened": "1", "act": "show"})

    assert client.get("/nl/nacht/").status_code == 200
    assert client.get("/fr/nacht/").status_code == 404
    assert office.post("/office/pages/nacht/fr/preview", FORM).status_code == 200
    assert "place-nacht" in office.get("/office/menus/foot").get_data(as_text=True)


@pytest.mark.parametrize(
    ("slug", "title", "field"),
    [
        ("tickets", "X", "slug"),
        ("a b", "X", "slug"),
        ("ok", "", "title"),
        ("ok", "x" * 200, "title"),
        ("<b>", "X", "slug"),
    ],
)
def test_a_page_that_cannot_be_added_keeps_what_was_typed(office, slug, title, field):
    answer = office.post("/office/pages", {"slug": slug, "title": title})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'value="{escape(slug)}"' in page
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page)


def test_no_page_can_take_an_address_the_site_needs(app):
    parts = {str(rule).split("/")[2] for rule in app.url_map.iter_rules() if str(rule).startswith("/<any(nl")}

    assert {part.split(".")[0] for part in parts if part and "<" not in part} <= RESERVED | set(PLANNED)


def test_only_what_needs_work_is_an_address(office, outdated):
    page = text_of(office.get("/office/pages?work=1"))

    assert "mission" in page
    assert "getting-here" not in page
    assert "all 22 pages" in page


def test_what_is_not_there_is_not_found(office):
    for path in (
        "pages/nowhere/nl", "pages/mission/xx", "pages/mission/nl/history/7", "pages/mission/nl/history/99999999999",
        "pages/mission/xx/history", "pages/mission/nl?version=7", "menus/kitchen", "pictures/none",
    ):  # fmt: skip
        assert office.get(f"/office/{path}").status_code == 404, path


def test_posting_to_what_is_not_there_is_not_found(office):
    for path in (
        "pages/nowhere/nl", "pages/nowhere/nl/preview", "pages/mission/nl/history/7/restoration",
        "pages/mission/nl/history/7/withdrawal", "menus/kitchen", "menus/host/history/7/restoration",
        "menus/host/history/7/withdrawal", "announcements/7/withdrawal", "pictures/none", "pictures/none/removal",
    ):  # fmt: skip
        assert office.post(f"/office/{path}", FORM).status_code == 404, path


def place(**places):
    return {f"place-{name.replace('_', '-')}": value for name, value in places.items()}


def menu_labels(client, language="nl"):
    page = client.get(f"/{language}/contact/").get_data(as_text=True)
    foot = page.split("page-foot")[1].split('class="plain columns"')[1].split("</ul>")[0]
    return re.findall(r">([^<]+)</a>", foot)


def test_a_menu_is_put_in_order_by_numbers_scheduled_and_restored(office, client, clock):
    office.post("/office/menus/foot", {**place(contact="20", prices="10"), "based_on": "0", "act": "show"})
    assert menu_labels(client) == ["Prijzen", "Contact"]

    later = {**place(faq="1"), "based_on": "1", "act": "schedule", "shows_from": "2026-11-24T12:00"}
    assert office.post("/office/menus/foot", later).status_code == 303
    assert "Number 2 is scheduled for Tue 24 Nov, 12:00" in text_of(office.get("/office/menus/foot"))
    clock.advance(hours=2)
    office.sign_in()
    assert menu_labels(client) == ["Veelgestelde vragen"]

    office.post("/office/menus/foot/history/1/restoration", {"based_on": "2"})
    assert menu_labels(client) == ["Prijzen", "Contact"]


def test_a_menu_may_lead_to_the_shop_and_to_what_is_listed_and_to_nothing_else(office, database, client):
    with database.transaction() as session:
        make.experience(session, "mars")
    form = {**place(tickets="1", nowhere="3", home="4"), "place-experience:mars": "2", "place-experience:moon": "5"}

    office.post("/office/menus/host", {**form, "based_on": "0", "act": "show"})

    assert rows(database, MenuVersion)[0].targets == ["tickets", "experience:mars"]
    page = text_of(office.get("/office/menus/host"))
    assert all(label in page for label in ("Online-Tickets", "Billets en ligne", "experience:mars"))


def test_a_link_that_is_missing_in_a_language_is_told(office):
    office.post("/office/pages", {"slug": "nacht", "title": "Nacht"})
    office.post("/office/pages/nacht/nl", {**FORM, "based_on": "1", "act": "show"})

    assert "not in this language: left out" in text_of(office.get("/office/menus/foot"))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (place(contact="x"), "place-contact"), (place(contact="-1"), "place-contact"),
        (place(contact="1.5"), "place-contact"),
        (place(contact="9" * 12), "place-contact"), ({}, "targets"),
        ({**place(contact="1"), "act": "schedule", "shows_from": "2027-03-28T02:30"}, "shows_from"),
    ],
)  # fmt: skip
def test_a_menu_that_cannot_be_shown_is_refused_with_what_was_typed(office, database, form, field):
    answer = office.post("/office/menus/host", {"based_on": "0", "act": "show", **form})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}"' in page
    for name, value in form.items():
        if name.startswith("place-"):
            assert f'name="{name}" inputmode="numeric" value="{value}"' in page
    assert rows(database, MenuVersion) == []


def test_two_who_change_a_menu_at_once_are_told(office, database):
    office.post("/office/menus/host", {**place(contact="1"), "based_on": "0", "act": "show"})

    answer = office.post("/office/menus/host", {**place(faq="7"), "based_on": "0", "act": "show"})

    assert answer.status_code == 409
    assert 'name="place-faq" inputmode="numeric" value="7"' in answer.get_data(as_text=True)
    assert office.post("/office/menus/host/history/1/withdrawal").status_code == 409
    assert office.post("/office/menus/host/history/0/restoration", {"based_on": "0"}).status_code == 409
    assert len(rows(database, MenuVersion)) == 1


def test_an_announcement_stands_above_every_page_of_the_site_while_it_runs(office, client, clock, database):
    form = {**TEXTS, "shows_from": "2026-11-24T10:30", "shows_until": "2026-11-24T11:00", "target": "accessibility"}
    assert office.post("/office/announcements", form).status_code == 303
    assert "Coming" in text_of(office.get("/office/announcements"))

    heard = []
    for _ in range(3):
        heard.append("Lift out of order (de)" in seen(client, "/de/contact/"))
        clock.advance(minutes=30)

    assert heard == [False, True, False]
    office.sign_in()
    office.post("/office/announcements", {**TEXTS, "target": "accessibility"})
    page = client.get("/nl/").get_data(as_text=True)
    assert 'Lift out of order (nl) <a href="/nl/accessibility/">Toegankelijkheid</a>' in page
    office.post(f"/office/announcements/{rows(database, Announcement)[1].id}/withdrawal")
    assert "Lift out of order" not in seen(client, "/nl/")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text_fr": ""}, "text_fr"), ({"text_de": "x" * 221}, "text_de"), ({"target": "nowhere"}, "target"),
        ({"target": "javascript:alert(1)"}, "target"), ({"shows_until": "2026-11-24T09:59"}, "shows_until"),
        ({"shows_from": "2027-03-28T02:30"}, "shows_from"), ({"shows_until": "2027-03-28T02:30"}, "shows_until"),
        ({"shows_from": "soon"}, "shows_from"), ({"shows_until": "0001-01-01T00:00"}, "shows_until"),
    ],
)  # fmt: skip
def test_an_announcement_that_cannot_be_made_keeps_what_was_typed(office, database, changes, field):
    answer = office.post("/office/announcements", {**TEXTS, **changes})

    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page)
    assert "Lift out of order (en)" in page
    assert rows(database, Announcement) == []


def test_words_of_managers_are_text_wherever_they_stand(office, client):
    evil = "<script>alert(1)</script>"
    office.post("/office/announcements", dict.fromkeys(TEXTS, evil))
    office.post(EDITOR, {**FORM, "title": evil, "menu_label": evil[:30], "lead": evil, "body": evil, "act": "show"})
    quoted = {"description": '"><script>alert(1)</script>', "based_on": "1", "act": "show"}
    assert office.post(EDITOR, {**FORM, **quoted}).status_code == 303

    paths = (EDITOR, f"{EDITOR}/history", "/office/announcements", "/office/pages", "/office/menus/foot")
    for page in (client.get("/fr/mission/"), *(office.get(path) for path in paths)):
        assert page.status_code == 200
        assert "<script>alert" not in page.get_data(as_text=True)


def test_every_act_can_be_read_in_the_audit_log(office):
    office.post(EDITOR, {**FORM, "act": "show"})
    office.post("/office/menus/host", {**place(contact="1"), "based_on": "0", "act": "show"})
    office.post("/office/announcements", TEXTS)

    page = text_of(office.get("/office/audit"))

    assert all(words in page for words in ("Page text shown", "Menu changed", "Announcement made"))


def test_the_office_speaks_the_language_of_who_works_there(app, services):
    browser = signed_in(app, services, language="nl")

    page = browser.get("/office/pages").get_data(as_text=True)

    assert '<html lang="nl">' in page
    assert "bijgewerkt" in page
    assert email_of(Role.MANAGER) not in page
