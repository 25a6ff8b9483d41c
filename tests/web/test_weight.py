"""How much a first visit loads, and what may be compressed on its way and what must not."""

from __future__ import annotations

import gzip
import re
import zlib
from urllib.parse import urljoin

import brotli
import pytest
from flask_compress.compat import compression

from tests import make
from tests.staff_stage import signed_in
from tests.web.reading import read
from tests.web.test_shop import Visitor
from ticketing.staff.models import Role
from ticketing.web.compression import SMALLEST

pytestmark = pytest.mark.one_engine

OPENERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": compression.zstd.decompress,
}
MOST_BYTES = 100_000
FONTS = re.compile(r'url\("([^"]+)"\) format\("woff2"\);[^}]+unicode-range: U\+0020-')


def got(client, address, **headers):
    """Get an address whole, and let go of the file behind it."""
    with client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        answer.get_data()
        return answer


@pytest.fixture
def slot(database):
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session)


@pytest.mark.parametrize("encoding", OPENERS)
def test_a_public_page_comes_as_small_as_the_browser_can_take_it(client, slot, encoding):
    plain = client.get("/nl/")
    small = client.get("/nl/", headers={"Accept-Encoding": encoding})

    assert plain.headers.get("Content-Encoding") is None
    assert small.headers["Content-Encoding"] == encoding
    assert OPENERS[encoding](small.data) == plain.data
    assert len(small.data) * 3 < len(plain.data)
    assert {"cookie", "accept-encoding"} <= {each.lower() for each in small.vary}


def test_files_are_compressed_and_asked_for_once(client, slot):
    style = next(link for link in read(client.get("/nl/").text).links if ".css" in link)
    answer = got(client, style, Accept_Encoding="gzip, deflate, br")
    again = got(client, style, Accept_Encoding="gzip, deflate, br", If_None_Match=answer.headers["ETag"])

    assert brotli.decompress(answer.data) == got(client, style).data
    assert answer.content_length == len(answer.data)
    assert again.status_code == 304
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_font_is_compressed_already_and_left_alone(client, slot):
    font = next(link for link in read(client.get("/nl/").text).links if link.endswith(".woff2"))

    assert "Content-Encoding" not in got(client, font, Accept_Encoding="zstd, br, gzip").headers


def test_a_page_with_a_secret_in_it_is_never_compressed(app, client, services, slot):
    client.environ_base["HTTP_ACCEPT_ENCODING"] = "zstd, br, gzip"
    visitor = Visitor(client)
    details = visitor.choose(slot, adult="1").location
    answers = [visitor.page, visitor.get(details)]
    review = visitor.post(details, email="an.peeters@example.org").location
    answers.append(visitor.get(review))
    pay = visitor.post(review.replace("review", "order")).location.removeprefix(services.settings.public_url)
    answers.append(visitor.get(pay))
    back = visitor.post(pay, outcome="pay").location.removeprefix(services.settings.public_url)
    answers.append(visitor.get(client.get(back).location))
    staff = signed_in(app, services, Role.ADMINISTRATOR)
    staff.client.environ_base["HTTP_ACCEPT_ENCODING"] = "zstd, br, gzip"
    answers += [
        staff.client.get(path, follow_redirects=True)
        for path in ("/desk/", "/desk/scan", "/office/", "/office/closures")
    ]

    assert [answer.headers.get("Content-Encoding") for answer in answers] == [None] * len(answers)
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert min(len(answer.data) for answer in answers) > SMALLEST


def test_whatever_is_compressed_holds_no_token_and_sets_no_cookie(app, slot):
    """Every page that can be got without a secret in its address, asked as a browser asks."""
    client = app.test_client(use_cookies=False)
    compressed = 0
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<any\([^>]*>", "nl", rule.rule)
        address = address.replace("<experience_slug>", "visit").replace("<date:day>", slot.local_date.isoformat())
        address = address.replace("<uuid:slot_uuid>", slot.uuid).replace("<slug>", "prices")
        if "GET" not in rule.methods or "<" in address:
            continue
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        if answer.headers.get("Content-Encoding") == "gzip":
            compressed += 1
            assert b"csrf_token" not in zlib.decompress(answer.data, 31), address
            assert "Set-Cookie" not in answer.headers, address

    assert compressed > 4


@pytest.mark.xdist_group("site")
@pytest.mark.parametrize("language", ["nl", "fr", "en", "de"])
def test_a_first_visit_loads_less_than_a_hundred_kilobytes(site, language):
    """The home page with all it names: style, script, letters, icon; the fonts' rarer half is loaded by few."""
    home = f"/{language}/"
    weights = {home: len(got(site.client, home, Accept_Encoding="gzip").data)}
    for link in read(site.client.get(home).text).links:
        address = urljoin(home, link)
        if not address.startswith("/static/"):
            continue
        weights[address] = len(got(site.client, address, Accept_Encoding="gzip").data)
        if ".css" in address:
            for font in FONTS.findall(got(site.client, address).text):
                weights[urljoin(address, font)] = len(got(site.client, urljoin(address, font)).data)

    assert sum(weights.values()) < MOST_BYTES, weights
