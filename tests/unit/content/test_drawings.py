"""Drawings are made of numbers: the same on every visit, and one for every way something can go wrong."""

import re

import pytest

from ticketing.content import drawings, emblems, mishaps
from ticketing.web.ways_on import OTHER_PICTURE, PICTURES


@pytest.mark.parametrize("kind", drawings.DRAWERS)
def test_a_drawing_is_the_same_on_every_visit_and_carries_no_style(kind: str) -> None:
    drawn = drawings.svg(kind, 3, 900, 560)

    assert drawn == drawings.svg(kind, 3, 900, 560)
    assert drawn.startswith(f'<svg class="drawing drawing-{kind}"')
    assert not re.search(r"style=|nan|inf", drawn)
    assert len(drawn) < 16_000


def test_every_error_has_a_drawing_of_its_own() -> None:
    assert len(set(PICTURES.values())) == len(PICTURES)
    assert {*PICTURES.values(), OTHER_PICTURE} <= set(mishaps.DRAWERS)


@pytest.mark.parametrize("kind", sorted(set(drawings.DRAWERS) - set(mishaps.DRAWERS)))
def test_every_kind_of_physics_has_an_emblem_that_weighs_little(kind: str) -> None:
    assert kind in emblems.STROKES
    assert len(emblems.svg(kind)) < 1500


def test_what_has_no_emblem_gets_that_of_interference() -> None:
    drawn = emblems.svg("eclipse").replace("emblem-eclipse", "emblem-interference")

    assert drawn == emblems.svg("interference")
