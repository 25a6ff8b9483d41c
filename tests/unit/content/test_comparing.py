"""What changed between two texts, word by word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ticketing.content.comparing import Change, differences
from ticketing.content.page_texts import PageText

OLD = PageText("Missie", "Missie", "Wat wij willen.", "Daarom.", "Een zin.\n\nNog een zin.\n\n## Kop {kop}\nSlot.")


def told(old, new):
    signs = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "[+{}+]"}
    return [
        (each.field, "".join(signs[run.change].format(run.text) for run in each.runs)) for each in differences(old, new)
    ]


def test_the_same_text_has_no_differences():
    assert differences(OLD, OLD) == []


def test_a_word_that_changed_is_shown_in_its_sentence():
    assert told(OLD, replace(OLD, lead="Hierom.", body=OLD.body.replace("Nog een", "Nog één"))) == [
        ("lead", "[-Daarom-][+Hierom+]."), ("body", "Nog [-een-][+één+] zin."),
    ]  # fmt: skip


def test_paragraphs_that_came_and_went_are_told():
    assert told(OLD, replace(OLD, body="Een zin.\n\n## Kop {kop}\nSlot.\n\nEr is meer.")) == [
        ("body", "[-Nog een zin.-]"), ("body", "[+Er is meer.+]"),
    ]  # fmt: skip


def test_another_picture_is_a_difference():
    assert told(OLD, replace(OLD, picture_key="abc")) == [("picture_key", "[+abc+]")]


@pytest.mark.parametrize(
    "body",
    ["a " * 30_000, "\n".join("b a " * 90 for _ in range(150)), "a\n" * 30_000],
    ids=["words", "paragraphs", "lines"],
)
def test_long_texts_are_compared_as_wholes(body):
    """Comparing word by word grows with the square: beyond a size, paragraphs are taken out and put in whole."""
    found = differences(OLD, replace(OLD, body=body))

    assert "".join(run.text for each in found for run in each.runs if run.change is Change.ADDED).strip() != ""
