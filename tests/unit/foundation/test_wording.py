"""How texts are cut to a length that others set."""

from __future__ import annotations

import pytest

from ticketing.foundation.wording import brief


def test_a_text_that_fits_stays_as_it_is():
    assert brief("Kom binnen op het uur dat je kiest.") == "Kom binnen op het uur dat je kiest."


@pytest.mark.parametrize("mark", [".", "!", "?", "\u202f!", "…"])
def test_of_a_long_text_the_whole_sentences_stay_that_fit(mark):
    text = f"Draai eraan{mark} En trek eraan. En begin opnieuw."

    assert brief(text, most=32) == f"Draai eraan{mark} En trek eraan."


def test_a_first_sentence_that_is_too_long_ends_between_two_words():
    assert brief("Een opstelling, die nooit moe wordt", most=17) == "Een opstelling…"
