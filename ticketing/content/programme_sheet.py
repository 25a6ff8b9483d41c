"""The day's shows and workshops on one A4 page, to hang up or to carry round, with room for notes. Knows no database.

Lengths are in millimetres from the top left, as on a ticket.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ticketing.foundation.paper import HEIGHT_MM, INK, LINE, MARGIN_MM, SOFT, WIDTH_MM, Paper, new_canvas
from ticketing.foundation.shapes import Shape
from ticketing.foundation.typefaces import HEAD, TEXT

BAND_MM = 62  # height of the drawing's band at the top
FIRST_ROW_MM, LAST_ROW_MM = 118, 276  # between these, starts share the page
TALLEST_ROW_MM, LOWEST_ROW_MM = 19.0, 6.5
MOST_ROWS = int((LAST_ROW_MM - FIRST_ROW_MM) / LOWEST_ROW_MM)
TIME_MM, NAME_MM = 30, 82  # widths of the columns; notes take what is left


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """One start: when, what, and how it is ("30 minutes, show"); `remark` says what is wrong with it, if anything."""

    time_words: str
    name: str
    about: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ProgrammeLabels:
    """The fixed words of the page in the reader's language."""

    title: str
    notes: str
    nothing: str
    more: str  # with %(number)s: starts that found no place
    foot: str


@dataclass(frozen=True, slots=True)
class ProgrammeSheet:
    """Everything the page says. The drawing's shapes are in a frame of WIDTH_MM by BAND_MM."""

    centre_name: str
    day_words: str
    hours_words: str
    closure_reason: str
    lines: tuple[ProgrammeLine, ...]
    drawing: tuple[Shape, ...]
    labels: ProgrammeLabels
    language: str


def make_programme(sheet: ProgrammeSheet) -> bytes:
    """Return the day's page as a file, the same bytes for the same day."""
    file = io.BytesIO()
    title = f"{sheet.labels.title}, {sheet.day_words}"
    canvas = new_canvas(file, title=title, author=sheet.centre_name, language=sheet.language)
    _Page(canvas, sheet).draw()
    canvas.showPage()
    canvas.save()
    return file.getvalue()


class _Page(Paper):
    """The day being drawn."""

    def __init__(self, canvas: Canvas, sheet: ProgrammeSheet) -> None:
        super().__init__(canvas)
        self.sheet = sheet

    def draw(self) -> None:
        """Draw top to bottom: band, day, opening hours or why closed, start by start, where it came from."""
        self.band(self.sheet.drawing, BAND_MM, self.sheet.centre_name)
        self._day()
        if self.sheet.lines:
            self._starts(self.sheet.lines)
        elif not self.sheet.closure_reason:
            self.canvas.setFillColor(SOFT)
            self.paragraph((MARGIN_MM, FIRST_ROW_MM), self.sheet.labels.nothing, 14, WIDTH_MM - 2 * MARGIN_MM)
        self.canvas.setFillColor(SOFT)
        self.text((MARGIN_MM, HEIGHT_MM - 11), self.sheet.labels.foot, TEXT, 10, WIDTH_MM - 2 * MARGIN_MM)

    def _day(self) -> None:
        sheet, within = self.sheet, WIDTH_MM - 2 * MARGIN_MM
        self.canvas.setFillColor(SOFT)
        self.text((MARGIN_MM, BAND_MM + 13), sheet.labels.title, TEXT, 14, within)
        self.canvas.setFillColor(INK)
        self.text((MARGIN_MM, BAND_MM + 25), sheet.day_words, HEAD, 30, within)
        self.text((MARGIN_MM, BAND_MM + 36), sheet.hours_words, HEAD, 17, within)
        self.paragraph((MARGIN_MM, BAND_MM + 44), sheet.closure_reason, 13, within)

    def _starts(self, lines: Sequence[ProgrammeLine]) -> None:
        shown = lines if len(lines) <= MOST_ROWS else lines[: MOST_ROWS - 1]
        rows = MOST_ROWS if len(lines) > MOST_ROWS else len(lines)
        height = min(TALLEST_ROW_MM, (LAST_ROW_MM - FIRST_ROW_MM) / rows)
        notes = MARGIN_MM + TIME_MM + NAME_MM + 4
        self.canvas.setFillColor(SOFT)
        self.text((notes, FIRST_ROW_MM - 3), self.sheet.labels.notes, TEXT, 11, WIDTH_MM - MARGIN_MM - notes)
        self.rule(FIRST_ROW_MM)
        for number, line in enumerate(shown):
            self._start(line, FIRST_ROW_MM + number * height, height)
        self._dotted(notes - 2, FIRST_ROW_MM + len(shown) * height)
        if len(shown) < len(lines):
            self.canvas.setFillColor(SOFT)
            more = self.sheet.labels.more % {"number": len(lines) - len(shown)}
            self.text((MARGIN_MM, LAST_ROW_MM - 1.5), more, TEXT, 11, WIDTH_MM - 2 * MARGIN_MM)

    def _start(self, line: ProgrammeLine, top: float, height: float) -> None:
        """Set one start in its row; a low row has everything on one line, a tall one has two."""
        size = min(20.0, height * 1.9)
        base = top + (height * 0.5 if height >= 13 else height * 0.5 + size * 0.12)
        self.canvas.setFillColor(INK)
        self.text((MARGIN_MM, base), line.time_words, HEAD, size, TIME_MM - 3)
        left = MARGIN_MM + TIME_MM
        about = line.remark or line.about
        if height >= 13:
            self.text((left, base), line.name, HEAD, min(15.0, size), NAME_MM)
            self.canvas.setFillColor(INK if line.remark else SOFT)
            self.text((left, base + 5.2), about, TEXT, 11, NAME_MM)
        else:
            name = f"{line.name} · {line.remark}" if line.remark else line.name
            self.text((left, base), name, TEXT, min(12.0, size), NAME_MM)
        self.rule(top + height)

    def _dotted(self, left: float, end: float) -> None:
        """Part the notes from the rest."""
        self.canvas.saveState()
        self.canvas.setStrokeColor(LINE)
        self.canvas.setDash(1, 3)
        self.canvas.line(left * mm, (HEIGHT_MM - FIRST_ROW_MM) * mm, left * mm, (HEIGHT_MM - end) * mm)
        self.canvas.restoreState()
