"""Our colours can be read on each other, in both themes."""

import pytest

from ticketing.web.office import palette


def test_contrast_is_what_the_guidelines_define() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert palette.contrast("#4322c9", "#4322c9") == 1


def test_every_colour_of_the_style_sheet_is_known_once() -> None:
    names = [colour.name for colour in palette.colours()]

    assert len(names) == len(set(names)) == 23
    assert {"paper", "ink", "ultra", "leaf", "stop", "draw-ground"} <= set(names)


@pytest.mark.parametrize("pair", palette.pairs(), ids=lambda pair: f"{pair.front.name} on {pair.ground.name}")
def test_what_stands_on_something_can_be_read_there(pair: palette.Pair) -> None:
    assert min(pair.light, pair.dark) >= pair.least
