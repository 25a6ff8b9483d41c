"""Markdown with a safe subset: what gets through, what is told, what stays text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.source import HOME
from ticketing.content import markup
from ticketing.content.markup import Fault, References, ShownPicture
from ticketing.content.page_list import PLANNED
from ticketing.content.page_texts import find_shipped
from ticketing.foundation.languages import LANGUAGES

PICTURE = ShownPicture((("image/webp", "/images/a 480w"),), "/images/a.jpeg", 'A "robot" <b>', 480, 320)
WHERE = References(
    lambda target: f"/nl/{target}/?a=1&b=2" if target == "prices" else None,
    lambda key: PICTURE if key == "abcdef0123" else None,
)


def html(body):
    return "".join(str(section.html) for section in markup.sections(body, WHERE))


def test_a_body_is_read_section_by_section():
    sections = markup.sections("Before.\n\n## First {one}\nText.\n## Second, été\n- a\n- b", WHERE)

    assert [(section.heading, section.anchor) for section in sections] == [
        ("", ""), ("First", "one"), ("Second, été", "second-ete"),
    ]  # fmt: skip
    assert "<p>Before.</p>" in sections[0].html
    assert "<li>b</li>" in sections[2].html


@pytest.mark.parametrize(
    ("line", "heading", "anchor"),
    [
        ("## A {b}", "A", "b"), ("##   A   {b}  ", "A", "b"), ("## A{b}", "A", "b"), ("## {b}", "{b}", "b"),
        ("## A {B c}", "A {B c}", "a-b-c"), ("## Ελλάς", "Ελλάς", "section"), ("## Main", "Main", "main-section"),
        ("## A {}", "A {}", "a"), ("## a {b} c", "a {b} c", "a-b-c"), ("## {{ centre }}", "{{ centre }}", "centre"),
    ],
)  # fmt: skip
def test_a_heading_may_name_its_anchor(line, heading, anchor):
    (section,) = markup.sections(line, WHERE)

    assert (section.heading, section.anchor) == (heading, anchor)


def test_an_empty_heading_is_text():
    assert [section.heading for section in markup.sections("## \ntext", WHERE)] == [""]


def test_headings_are_read_in_one_pass_however_many_spaces_they_hold():
    """A pattern that tries every split of the spaces would take minutes here."""
    (section,) = markup.sections("## a" + " " * 60_000 + "b", WHERE)

    assert section.heading.endswith("b")


def test_anchors_used_twice_or_needed_by_the_page_itself_are_told():
    assert markup.faults("## A {a}\n## B {a}\n## C {main}", WHERE) == [Fault("a", "anchor"), Fault("main", "anchor")]


def test_no_part_of_a_page_shares_its_name_with_a_section():
    """Every id that the frames of pages of words carry is taken."""
    names = ("shared/layout", "site/layout", "site/page", "site/home", "site/prose", *_live())
    ids = {
        found
        for name in names
        for found in re.findall(r' id="([a-z-]+)"', (HOME / f"templates/{name}.html").read_text())
    }

    assert ids - markup.TAKEN_ANCHORS == set()


def _live():
    return [path.relative_to(HOME / "templates").with_suffix("").as_posix()
            for path in Path(HOME / "templates/site").glob("*.html")
            if path.stem in ("opening_hours", "prices", "programme", "schools")]  # fmt: skip


def test_links_lead_to_our_pages_and_to_a_few_kinds_of_address():
    page = html(
        "[a](page:prices) [b](page:prices#vat) [c](https://example.org/?a=1&b=2) [d](mailto:a@b.example) [e](#vat)"
    )

    assert re.findall(r'href="([^"]*)"', page) == [
        "/nl/prices/?a=1&amp;b=2", "/nl/prices/?a=1&amp;b=2#vat", "https://example.org/?a=1&amp;b=2",
        "mailto:a@b.example", "#vat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)", "java&Tab;script:alert(1)",
        "data:text/html,<script>", "vbscript:x", "//evil.example", "/nl/", "http://example.org", "page:nowhere",
        "page:prices/../x", "page:prices#A", "https:evil", "file:///etc/passwd", "%6Aavascript:alert(1)", "\\\\evil",
        "",
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_these_leads_nowhere_and_is_told(address):
    body = f"[words]({address})"

    assert "href" not in html(body)
    assert "words" in html(body)
    assert [fault.kind for fault in markup.faults(body, WHERE)] in (["address"], ["page"], [])
    assert markup.faults(body, WHERE) or "<a>" not in html(body)


def test_a_picture_is_one_of_ours_with_its_own_words():
    page = html("![other words](picture:abcdef0123)")

    assert '<source type="image/webp" srcset="/images/a 480w"' in page
    assert 'alt="A &#34;robot&#34; &lt;b&gt;"' in page
    assert 'width="480" height="320"' in page
    assert "other words" not in page


@pytest.mark.parametrize("source", ["picture:0123456789", "https://evil.example/x.png", "x.png", "picture:ABCDEF0123"])
def test_a_picture_that_is_not_ours_is_not_there_and_told(source):
    assert "<img" not in html(f"a ![x]({source}) b")
    assert markup.faults(f"![x]({source})", WHERE) == [Fault(source, "picture")]


@pytest.mark.parametrize(
    "raw",
    [
        "<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "<b>bold</b>", "<!-- x -->", "<https://a.example>",
        "a\n\n<div>\n\nb", "&lt;script&gt;alert(1)", '"><svg onload=alert(1)>',
    ],
)  # fmt: skip
def test_raw_html_is_shown_as_the_text_it_is(raw):
    page = html(raw)

    assert set(re.findall(r"<(\w+)", page)) <= {"p"}
    assert "&lt;" in page


def test_the_subset_has_emphasis_lists_tables_and_quotes_and_no_other_headings():
    page = html("**a** *b*\n\n1. c\n\n> d\n\n| e | f |\n|---|---|\n| g | h |\n\n### i\n\n---\n\n    code\n\n`j`")

    for tag in ("strong", "em", "ol", "blockquote", "table", "th"):
        assert f"<{tag}>" in page
    for tag in ("h3", "hr", "pre", "code"):
        assert f"<{tag}" not in page


def test_what_is_taken_in_at_once_stays_on_one_line():
    shown = html("Om 9.30 uur, 2800 Mechelen: mail <b> of e-mail & QR-code, 5 × 3.")

    assert "9.30\u00a0uur, 2800\u00a0Mechelen: mail &lt;b&gt; of" in shown
    assert '<span class="whole">e-mail</span> &amp; <span class="whole">QR-code</span>, 5 × 3.' in shown


def test_words_in_square_brackets_are_words():
    """They once met the reader's own list of references, and broke the page."""
    assert html("[a] [a][b] [a][]") == "<p>[a] [a][b] [a][]</p>\n"


@pytest.mark.parametrize("slug", PLANNED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_we_ship_is_without_fault(slug, language):
    known = References(lambda target: f"/{target}/" if target in {*PLANNED, "tickets"} else None, lambda key: None)

    assert markup.faults(find_shipped(slug, language).body, known) == []
