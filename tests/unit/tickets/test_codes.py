"""Codes: made at random, typed by tired hands, never a way to break anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.tickets import codes, qr

CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_a_code_has_130_bits_and_is_its_own_normal_form():
    made = {codes.new_code() for _ in range(200)}

    assert len(made) == 200
    assert all(len(code) == 26 and codes.normalise(code) == code for code in made)


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        codes.grouped(CODE),
        f"  {CODE}\n",
        "-".join(CODE),
        "ABCDEFGH1JKLMN0PQRSTUVWXYZ",
        "A8CDEFGHIJKLMNOPQRSTUVWXYZ",
    ],
    ids=["lower case", "in groups", "with space around", "with dashes", "digits for letters", "8 for B"],
)
def test_a_typed_code_is_understood(typed):
    assert codes.normalise(typed) == CODE


@pytest.mark.parametrize(
    "nonsense", ["", "ABC", CODE + "A", "https://example.org/" + CODE, "'; --", "\0" * 26, "é" * 26, "9" * 26]
)
def test_what_cannot_be_a_code_is_none(nonsense):
    assert codes.normalise(nonsense) is None


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_it(text):
    code = codes.normalise(text)

    assert code is None or codes.SHAPE.fullmatch(code)


def test_groups_hold_the_whole_code():
    assert codes.grouped(CODE).replace(" ", "") == CODE
    assert [len(group) for group in codes.grouped(CODE).split()] == list(codes.GROUPS)


def test_a_symbol_is_of_version_two_and_its_runs_cover_exactly_its_dark_modules():
    code = codes.new_code()

    matrix = qr.matrix(code)

    assert len(matrix) == 25
    covered = {(row, column + step) for column, row, length in qr.runs(code) for step in range(length)}
    assert covered == {(row, column) for row in range(25) for column in range(25) if matrix[row][column]}


def test_the_symbol_on_a_page_is_named_and_carries_no_markup_from_outside():
    svg = qr.svg(CODE, '"><script>')

    assert 'role="img"' in svg
    assert "<script>" not in svg
    assert "style=" not in svg
