"""The library of pictures in the office, and the files browsers fetch."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests import writing
from tests.staff_stage import Browser, signed_in
from ticketing.content.models import Picture
from ticketing.content.pictures import LARGEST_FILE
from ticketing.foundation.languages import LANGUAGES
from ticketing.staff.models import Role

pytestmark = pytest.mark.one_engine

WORDS = {"name": "Robot", **{f"alt_{language}": f"A robot ({language})" for language in LANGUAGES}}
SMALL = writing.file(size=(400, 300))


@pytest.fixture
def office(app, services):
    browser = signed_in(app, services, Role.MANAGER)
    browser.get("/office/pictures")
    return browser


def send(browser, path, content, **form):
    """Post a file; encoded in memory, because the test client leaves its own temporary files open."""
    values = {"csrf_token": browser.token, **form, "file": FileStorage(io.BytesIO(content), filename="robot.jpg")}
    boundary, body = encode_multipart(values)
    return browser.client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def upload(browser, content=SMALL, **changes):
    return send(browser, "/office/pictures", content, **{**WORDS, **changes})


def key_of(answer):
    return answer.location.rsplit("/", 1)[1]


def kept(database):
    with database.reading() as session:
        return session.query(Picture).all()


def test_a_picture_is_uploaded_shown_put_on_a_page_and_found_again(office, client):
    added = upload(office)
    key = key_of(added)
    assert (added.status_code, added.location) == (303, f"/office/pictures/{key}")
    assert f"![](picture:{key})" in office.get(added.location).get_data(as_text=True)
    library = office.get("/office/pictures").get_data(as_text=True)
    thumbnail = re.search(r'<img src="(/images/[^"]+)"', library)[1]

    file = client.get(thumbnail)
    assert (file.status_code, file.content_type) == (200, "image/webp")
    assert Image.open(io.BytesIO(file.data)).size == (400, 300)
    assert "immutable" in file.headers["Cache-Control"]
    assert client.get(thumbnail, headers={"If-None-Match": file.headers["ETag"]}).status_code == 304

    form = {
        "title": "Missie", "menu_label": "Missie", "description": "Waarom.", "lead": "Daarom.", "picture_key": key,
        "body": f"![](picture:{key})", "based_on": "0", "act": "show",
    }  # fmt: skip
    assert office.post("/office/pages/mission/fr", form).status_code == 303
    page = client.get("/fr/mission/").get_data(as_text=True)
    assert page.count('alt="A robot (fr)" width="400" height="300"') == 2
    assert f'<source type="image/avif" srcset="/images/{key}-400.avif 400w"' in page
    assert "mission, Français" in unescape(office.get(f"/office/pictures/{key}").get_data(as_text=True))


def test_a_picture_gets_other_words_and_is_no_longer_offered_and_offered_again(office, client, database):
    key = key_of(upload(office))

    office.post(f"/office/pictures/{key}", {**WORDS, "name": "Kever", "alt_nl": "Een kever"})
    assert "Kever" in office.get("/office/pictures").get_data(as_text=True)
    office.post(f"/office/pictures/{key}/removal")
    assert "Kever" not in office.get("/office/pictures").get_data(as_text=True)
    assert client.get(f"/images/{key}-400.webp").status_code == 200
    assert "no longer offered" in office.get(f"/office/pictures/{key}").get_data(as_text=True)

    assert key_of(upload(office)) == key
    assert "Robot" in office.get("/office/pictures").get_data(as_text=True)
    assert len(kept(database)) == 1


@pytest.mark.parametrize("field", ["name", *(f"alt_{language}" for language in LANGUAGES)])
@pytest.mark.parametrize("value", ["  ", "x" * 300])
def test_words_are_demanded_and_what_was_typed_stays(office, database, field, value):
    if (field, value) == ("name", "x" * 300):
        return  # a long name is cut
    answers = [upload(office, **{field: value})]
    key = key_of(upload(office))
    answers.append(office.post(f"/office/pictures/{key}", {**WORDS, field: value}))

    for answer in answers:
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page)
        for name, words in WORDS.items():
            if name != field:
                assert words in page
    assert "Choose the file once more." in answers[0].get_data(as_text=True)
    assert [each.alts["nl"] for each in kept(database)] == ["A robot (nl)"]


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", SMALL[:2000], writing.file("GIF"),
     writing.file(size=(200, 200))],
    ids=["empty", "text", "svg", "cut off", "gif", "small"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_and_the_words_stay(office, database, content):
    answer = upload(office, content)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(r'id="file"[^>]*aria-invalid="true"', page)
    assert "A robot (de)" in page
    assert kept(database) == []


def test_a_form_without_a_file_is_refused(office):
    assert office.post("/office/pictures", WORDS).status_code == 422
    assert office.post("/office/pictures", {**WORDS, "file": "not a file"}).status_code == 422


def test_a_large_photograph_is_taken_here_and_nowhere_else(office):
    large = writing.file("PNG", size=(700, 700)) + b"\0" * 400_000  # trailing bytes do no harm

    assert upload(office, large).status_code == 303
    for path in ("/office/announcements", "/office/pages/mission/fr", "/office/pictures/x"):
        assert send(office, path, large).status_code == 413, path


def test_a_file_over_the_limit_is_refused_before_it_is_read(office):
    assert upload(office, b"x" * (LARGEST_FILE + 1)).status_code == 422
    assert upload(office, b"x" * (LARGEST_FILE + 600_000)).status_code == 413


def test_only_who_may_use_the_library_may_send_it_large_files(app, services):
    large = b"x" * 400_000
    stranger = Browser(app)
    stranger.get("/desk/sign-in")
    desk = signed_in(app, services, Role.FRONT_DESK)
    desk.get("/desk/")

    assert [upload(browser, large).status_code for browser in (stranger, desk)] == [413, 413]
    assert [upload(browser).status_code for browser in (stranger, desk)] == [303, 403]


def test_large_files_need_the_token_of_the_page_too(office):
    assert upload(office, b"x" * 400_000, csrf_token="").status_code == 400


def test_names_and_words_are_text(office):
    evil = '"><script>alert(1)</script>'
    added = upload(office, **dict.fromkeys(WORDS, evil))

    assert added.status_code == 303
    for path in ("/office/pictures", added.location, "/office/pages/mission/nl"):
        assert "<script>alert" not in office.get(path).get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    [
        "x-400.webp",
        "x-99999999999999999999.webp",
        "x-400.svg",
        "x-0.webp",
        "../x-400.webp",
        "%00-400.webp",
        "é-480.jpeg",
    ],
)
def test_a_file_that_is_not_there_is_not_found(client, path):
    assert client.get(f"/images/{path}").status_code == 404
