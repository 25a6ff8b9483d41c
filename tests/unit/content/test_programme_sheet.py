"""The printed programme of a day, read back by a program that is not ours."""

import pypdfium2
import pytest

from ticketing.content import drawings
from ticketing.content.programme_sheet import (
    BAND_MM,
    MOST_ROWS,
    ProgrammeLabels,
    ProgrammeLine,
    ProgrammeSheet,
    make_programme,
)
from ticketing.foundation.paper import WIDTH_MM

LABELS = ProgrammeLabels(
    title="Shows en workshops van de dag", notes="Plaats voor notities", nothing="Niets op het programma.",
    more="… en nog %(number)s", foot="Wijzigingen: https://tickets.example.be/nl/programme/",
)  # fmt: skip
LIGHTNING = ProgrammeLine("11.00", "De bliksemfluisteraar", "Show, 30 minuten")
BEETLE = ProgrammeLine("14.00", "Bouw een robotkever", "Workshop, 75 minuten", "Gaat niet door: de lijm is op")


def sheet(*lines: ProgrammeLine, hours: str = "Open: 9.30 tot 17.00 uur", reason: str = "") -> ProgrammeSheet:
    return ProgrammeSheet(
        centre_name="Technopolis",
        day_words="Woensdag 25 november 2026",
        hours_words=hours,
        closure_reason=reason,
        lines=lines,
        drawing=drawings.shapes("lissajous", 7, WIDTH_MM, BAND_MM),
        labels=LABELS,
        language="nl",
    )


def read(made: ProgrammeSheet) -> tuple[int, str]:
    document = pypdfium2.PdfDocument(make_programme(made))
    return len(document), document[0].get_textpage().get_text_range()


def test_the_page_says_when_what_and_what_does_not_take_place_in_the_order_given() -> None:
    pages, text = read(sheet(LIGHTNING, BEETLE))

    told = ["Technopolis", "Shows en workshops van de dag", "Woensdag 25 november 2026", "Open: 9.30 tot 17.00 uur",
            "Plaats voor notities", "11.00", "De bliksemfluisteraar", "Show, 30 minuten", "14.00",
            "Bouw een robotkever", "Gaat niet door: de lijm is op", "Wijzigingen:"]  # fmt: skip
    assert pages == 1
    assert [words for words in told if words not in text] == []
    assert text.index("De bliksemfluisteraar") < text.index("Bouw een robotkever")


def test_a_closed_day_says_why_and_lists_nothing() -> None:
    _, text = read(sheet(hours="Gesloten op deze dag", reason="Op Kerstmis staan alle proeven stil."))

    assert "Op Kerstmis staan alle proeven stil." in text
    assert "Niets op het programma." not in text
    assert "Plaats voor notities" not in text


def test_an_open_day_without_shows_says_so() -> None:
    assert "Niets op het programma." in read(sheet())[1]


@pytest.mark.parametrize("number", [1, MOST_ROWS, MOST_ROWS + 1, 200])
def test_it_stays_one_page_and_counts_what_found_no_place(number: int) -> None:
    lines = [ProgrammeLine("11.00", f"Voorstelling {place};", "Show, 30 minuten") for place in range(number)]

    pages, text = read(sheet(*lines))

    shown = text.count("Voorstelling")
    assert pages == 1
    assert shown == min(number, MOST_ROWS if number <= MOST_ROWS else MOST_ROWS - 1)
    assert ("… en nog" in text) is (number > MOST_ROWS)
    assert f"… en nog {number - shown}" in text or number == shown


def test_it_is_a4_in_the_readers_language_and_named() -> None:
    content = make_programme(sheet(LIGHTNING))

    document = pypdfium2.PdfDocument(content)
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [210, 297]
    assert document.get_metadata_value("Title") == "Shows en workshops van de dag, Woensdag 25 november 2026"
    assert b"/Lang (nl)" in content


def test_every_word_stands_out_when_printed_in_grey() -> None:
    picture = pypdfium2.PdfDocument(make_programme(sheet(LIGHTNING)))[0].render(scale=2).to_pil().convert("L")

    name = picture.crop((95, 110, 320, 150))  # "Technopolis" on the band
    darkest, lightest = name.getextrema()
    assert lightest - darkest > 140


def test_a_name_made_to_fit_is_not_cut() -> None:
    _, text = read(sheet(ProgrammeLine("11 h", "L’homme qui parlait aux éclairs du ciel", "Spectacle")))

    assert "L’homme qui parlait aux éclairs du ciel" in text


def test_the_same_day_is_the_same_file() -> None:
    assert make_programme(sheet(LIGHTNING)) == make_programme(sheet(LIGHTNING))
