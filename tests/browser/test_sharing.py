"""What others take from our pages, as a browser lets them have it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

LINKED = "Array.from(document.querySelectorAll('script[type=\"application/ld+json\"]'), each => JSON.parse(each.text))"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing: tests have their own output."""


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[str]:
    """Another site, by its own origin; its pages lie in tmp_path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_linked_facts_are_read_and_nothing_on_the_page_is_refused(page):
    page.goto("/nl/")
    (museum,) = page.evaluate(LINKED)
    page.goto("/fr/programme/?day=2026-11-25")
    (programme,) = page.evaluate(LINKED)
    page.goto("/en/tickets/lightning/")
    (experience,) = page.evaluate(LINKED)

    assert museum["@type"] == "Museum"
    assert [event["startDate"][11:16] for event in programme["@graph"]] == sorted(
        event["startDate"][11:16] for event in programme["@graph"]
    )
    assert {event["name"] for event in experience["@graph"]} == {"The lightning whisperer"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_another_site_may_show_our_badge(open_page, house, other_site, tmp_path, scheme):
    (tmp_path / "theirs.html").write_text(
        f'<!doctype html><title>Theirs</title><link rel="icon" href="data:,">'
        f'<img src="{house.url}/nl/badge.svg" alt="Is Technopolis open?">'
    )
    page = open_page(scheme=scheme)

    page.goto(f"{other_site}/theirs.html")

    width, height = page.locator("img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width > 200
    assert height == 80
