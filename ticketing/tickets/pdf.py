"""The ticket on paper: one A4 page each, a group in one file. Knows no database; words come ready made.

Lengths are in millimetres from the top left, as one would measure on the page.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor, white
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from ticketing.foundation.paper import HEIGHT_MM, INK, MARGIN_MM, SOFT, TONES, WIDTH_MM, Paper, new_canvas
from ticketing.foundation.shapes import Shape
from ticketing.foundation.typefaces import HEAD, TEXT
from ticketing.tickets import codes, qr

BAND_MM = 92  # height of the drawing's band at the top
QR_MM = 40
QUIET_MM = QR_MM / qr.MODULES * qr.QUIET_MODULES


@dataclass(frozen=True, slots=True)
class TicketLabels:
    """The fixed words of the page in the reader's language."""

    order: str
    ticket_type: str
    holder: str
    admits: str
    bring: str
    change: str
    page: str  # with %(number)s and %(total)s
    test: str


@dataclass(frozen=True, slots=True)
class TicketSheet:
    """Everything one ticket's page says. The drawing's shapes are in a frame of WIDTH_MM by BAND_MM."""

    centre_name: str
    experience: str
    day_words: str
    time_words: str
    be_there_words: str
    ticket_type: str
    price_words: str
    admissions: int
    order_code: str
    code: str
    holder_name: str | None
    bring: tuple[str, ...]
    change_sentence: str
    change_url: str
    drawing: tuple[Shape, ...]
    labels: TicketLabels
    language: str
    is_test: bool = False


def make_pdf(sheets: Sequence[TicketSheet], *, title: str, author: str) -> bytes:
    """Return the tickets as one file, the same bytes for the same tickets. Raises ValueError without any."""
    if not sheets:
        raise ValueError("no tickets, no file")
    file = io.BytesIO()
    canvas = new_canvas(file, title=title, author=author, language=sheets[0].language)
    for number, sheet in enumerate(sheets, 1):
        _Page(canvas, sheet, number, len(sheets)).draw()
        canvas.showPage()
    canvas.save()
    return file.getvalue()


class _Page(Paper):
    """One ticket being drawn."""

    def __init__(self, canvas: Canvas, sheet: TicketSheet, number: int, total: int) -> None:
        super().__init__(canvas)
        self.sheet, self.number, self.total = sheet, number, total

    def draw(self) -> None:
        """Draw top to bottom: band, symbol, when, who, what to bring, how to change."""
        self.band(self.sheet.drawing, BAND_MM, self.sheet.centre_name)
        self._symbol()
        self._when()
        self._facts()
        self._advice()
        self._foot()

    def _symbol(self) -> None:
        """The symbol with its quiet zone on pure white at the top right, the code in groups below it."""
        canvas, module = self.canvas, QR_MM / qr.MODULES
        side = QR_MM + 2 * QUIET_MM
        left, top = WIDTH_MM - MARGIN_MM - side, 14
        canvas.setFillColor(white)
        canvas.roundRect(
            left * mm, (HEIGHT_MM - top - side - 14) * mm, side * mm, (side + 14) * mm, 4 * mm, stroke=0, fill=1
        )
        canvas.setFillColor(HexColor("#000000"))
        canvas.saveState()  # in whole modules, counted down from the symbol's corner: exact, and short to write
        canvas.translate((left + QUIET_MM) * mm, (HEIGHT_MM - top - QUIET_MM) * mm)
        canvas.scale(module * mm, -module * mm)
        path = canvas.beginPath()
        for column, row, length in qr.runs(self.sheet.code):
            path.rect(column, row, length, 1)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.restoreState()
        groups = codes.grouped(self.sheet.code).split()
        canvas.setFillColor(INK)
        for line, part in enumerate((groups[:3], groups[3:])):
            words = " ".join(part)
            width = pdfmetrics.stringWidth(words, TEXT, 12) / mm
            self.text((left + (side - width) / 2, top + side + 3 + line * 5.5), words, TEXT, 12, side - 4)

    def _when(self) -> None:
        sheet, within = self.sheet, WIDTH_MM - 2 * MARGIN_MM
        self.canvas.setFillColor(INK)
        self.text((MARGIN_MM, BAND_MM + 22), sheet.experience, HEAD, 30, within)
        self.text((MARGIN_MM, BAND_MM + 40), sheet.day_words, HEAD, 30, within)
        self.text((MARGIN_MM, BAND_MM + 66), sheet.time_words, HEAD, 68, within)
        self.canvas.setFillColor(SOFT)
        self.text((MARGIN_MM, BAND_MM + 77), sheet.be_there_words, TEXT, 14, within)

    def _facts(self) -> None:
        sheet, labels, top = self.sheet, self.sheet.labels, BAND_MM + 93
        facts = [(labels.ticket_type, sheet.ticket_type, sheet.price_words), (labels.order, sheet.order_code, "")]
        facts.insert(1, (labels.admits, str(sheet.admissions), ""))
        if sheet.holder_name:
            facts.append((labels.holder, sheet.holder_name, ""))
        column = (WIDTH_MM - 2 * MARGIN_MM) / len(facts)
        self.rule(top - 9)
        for place, (label, fact, more) in enumerate(facts):
            left = MARGIN_MM + place * column
            self.canvas.setFillColor(SOFT)
            self.text((left, top), label, TEXT, 11, column - 4)
            self.canvas.setFillColor(INK)
            self.text((left, top + 8), fact, HEAD, 17, column - 4)
            self.canvas.setFillColor(SOFT)
            self.text((left, top + 14), more, TEXT, 11, column - 4)
        self.rule(top + 20)

    def _advice(self) -> None:
        sheet, column, top = self.sheet, (WIDTH_MM - 2 * MARGIN_MM - 10) / 2, BAND_MM + 124
        right = MARGIN_MM + column + 10
        self.canvas.setFillColor(INK)
        self.text((MARGIN_MM, top), sheet.labels.bring, HEAD, 13, column)
        self.text((right, top), sheet.labels.change, HEAD, 13, column)
        below: float = top + 7
        for item in sheet.bring:
            self.canvas.setFillColor(TONES["spark"])
            self.canvas.circle((MARGIN_MM + 1.2) * mm, (HEIGHT_MM - below + 1.4) * mm, 1.1 * mm, stroke=0, fill=1)
            self.canvas.setFillColor(INK)
            below = self.paragraph((MARGIN_MM + 5, below), item, 12, column - 5) + 0.8
        end = self.paragraph((right, top + 7), sheet.change_sentence, 12, column)
        self.canvas.setFillColor(TONES["ultra"])
        for line, part in enumerate(_broken(sheet.change_url, column)):
            self.text((right, end + 1 + line * 5), part, TEXT, 10, column)

    def _foot(self) -> None:
        sheet = self.sheet
        self.canvas.setFillColor(SOFT)
        page = sheet.labels.page % {"number": self.number, "total": self.total}
        self.text((MARGIN_MM, HEIGHT_MM - 14), f"{sheet.order_code} · {page}", TEXT, 11, 100)
        if sheet.is_test:
            self.canvas.setFillColor(INK)
            self.text((WIDTH_MM - MARGIN_MM - 80, HEIGHT_MM - 14), sheet.labels.test, HEAD, 11, 80)


def _broken(url: str, within: float) -> list[str]:
    """Break a long address after slashes, where the break is no character; lines of `within` mm."""
    lines = [""]
    for part in url.replace("/", "/ ").replace("/ / ", "//").split():
        if lines[-1] and pdfmetrics.stringWidth(lines[-1] + part, TEXT, 10) > within * mm:
            lines.append("")
        lines[-1] += part
    return lines
