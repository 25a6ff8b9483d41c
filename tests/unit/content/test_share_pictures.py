"""The picture of a shared page, read back by a program that is not ours."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from ticketing.content import drawings, share_pictures
from ticketing.content.share_pictures import ShareFacts

FACTS = ShareFacts("Wetenschap om vast te pakken.", "Technopolis", "interference", 7)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", sorted(drawings.DRAWERS))
def test_a_picture_of_every_drawing_has_its_size_and_stays_under_100_kilobytes(kind: str) -> None:
    content = share_pictures.png(replace(FACTS, drawing=kind))

    picture = opened(content)
    assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(content) < 100_000


@pytest.mark.parametrize(
    "title",
    [
        "",
        "x" * 300,
        "Eerlijk " * 60,
        "Barrierefreiheitserklärung",
        "Des questions\u202f? Écrivez-nous\u202f!",
        "مرحبا 😀",
        "a\x00b",
    ],
    ids=["nothing", "one endless word", "endless", "long word", "French spaces", "other scripts", "control characters"],
)
def test_no_title_leaves_its_field(title: str) -> None:
    picture = opened(share_pictures.png(replace(FACTS, title=title))).convert("RGB")

    paper = picture.getpixel((5, 5))
    panel = share_pictures.panel_of(title)
    margin = picture.crop((panel - 20, 0, panel - 2, 630))
    assert margin.getcolors() == [(18 * 630, paper)]


def test_the_title_is_written_in_ink_on_paper() -> None:
    written = opened(share_pictures.png(FACTS)).convert("L").crop((0, 0, 640, 500))
    blank = opened(share_pictures.png(replace(FACTS, title=""))).convert("L").crop((0, 0, 640, 500))

    assert written.getextrema()[0] < 40
    assert blank.getextrema()[0] > 200


def test_the_same_facts_are_the_same_file() -> None:
    first = share_pictures.png(FACTS)
    share_pictures.png.cache_clear()

    assert share_pictures.png(FACTS) == first


@pytest.mark.parametrize("change", [{"title": "Andere"}, {"centre_name": "Andere"}, {"drawing": "gears"}, {"seed": 8}])
def test_whatever_changes_the_picture_changes_its_name(change: dict) -> None:
    assert replace(FACTS, **change).digest != FACTS.digest
