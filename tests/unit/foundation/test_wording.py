"""How dates are written in each language, and how texts are cut to a length that others set."""

from __future__ import annotations

from datetime import date

import pytest

from ticketing.foundation.wording import brief, day_words, short_day_words


def test_a_text_that_fits_stays_as_it_is():
    assert brief("Kom binnen op het uur dat je kiest.") == "Kom binnen op het uur dat je kiest."


@pytest.mark.parametrize("mark", [".", "!", "?", "\u202f!", "…"])
def test_of_a_long_text_the_whole_sentences_stay_that_fit(mark):
    text = f"Draai eraan{mark} En trek eraan. En begin opnieuw."

    assert brief(text, most=32) == f"Draai eraan{mark} En trek eraan."


def test_a_first_sentence_that_is_too_long_ends_between_two_words():
    assert brief("Een opstelling, die nooit moe wordt", most=17) == "Een opstelling…"


@pytest.mark.parametrize(
    ("language", "first", "later"),
    [
        ("nl", "vrijdag 1\u00a0mei", "ma 11\u00a0mei"),
        ("fr", "vendredi 1er\u00a0mai", "lun. 11\u00a0mai"),
        ("en", "Friday 1\u00a0May", "Mon 11\u00a0May"),
        ("de", "Freitag, 1.\u00a0Mai", "Mo., 11.\u00a0Mai"),
    ],
)
def test_a_number_and_its_month_stay_on_one_line_and_the_first_is_written_as_it_is_said(language, first, later):
    assert day_words(date(2026, 5, 1), language) == first
    assert short_day_words(date(2026, 5, 11), language) == later
