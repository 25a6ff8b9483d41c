"""The ticket on paper: one A4 page each, a group in one file. Knows no database; words come ready made.

Lengths are in millimetres from the top left, as one would measure on the page.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from ticketing.foundation.shapes import Disc, Line, Shape
from ticketing.tickets import codes, qr

# Streams as bytes: the text form of old would make each file a quarter larger.
rl_config.useA85 = 0

FONTS = Path(__file__).resolve().parent / "fonts"
HEAD, TEXT = "Bricolage-ExtraBold", "Atkinson-Regular"  # a third would not fit in 25 kB
WIDTH_MM, HEIGHT_MM = 210, 297
MARGIN_MM = 18
BAND_MM = 92  # height of the drawing's band at the top
QR_MM = 40
QUIET_MM = QR_MM / qr.MODULES * qr.QUIET_MODULES
FINENESS = 5  # units of a drawing in a millimetre
BAND = HexColor("#ffc928")
INK, SOFT = HexColor("#191531"), HexColor("#5a5570")
TONES = {
    "ink": INK, "soft": HexColor("#b08a1c"), "spark": HexColor("#ff6b2c"), "ultra": HexColor("#4322c9"),
    "sun": HexColor("#fff1c2"),
}  # fmt: skip
LINE = HexColor("#dcd5c6")


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
    _register_fonts()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, lang=sheets[0].language, pageCompression=1)
    canvas.setTitle(clean(title))
    canvas.setAuthor(clean(author))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for number, sheet in enumerate(sheets, 1):
        _Page(canvas, sheet, number, len(sheets)).draw()
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def clean(text: str) -> str:
    """Return text that can be set: no control or direction characters, "?" where our letters have no shape for it."""
    known = _known_characters()
    shown = []
    for character in unicodedata.normalize("NFC", text):
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            shown.append(" ")
        else:
            shown.append(character if ord(character) in known else "?")
    return "".join(shown)


class _Page:
    """One ticket being drawn."""

    def __init__(self, canvas: Canvas, sheet: TicketSheet, number: int, total: int) -> None:
        self.canvas, self.sheet, self.number, self.total = canvas, sheet, number, total

    def draw(self) -> None:
        """Draw top to bottom: band, symbol, when, who, what to bring, how to change."""
        self._band()
        self._symbol()
        self._when()
        self._facts()
        self._advice()
        self._foot()

    def text(self, at: tuple[float, float], words: str, font: str, size: float, within: float) -> None:
        """Set one line at a place, smaller when it would be wider than `within` millimetres, cut at half size."""
        words = clean(words)
        width = pdfmetrics.stringWidth(words, font, size)
        fitted = max(size * min(1, within * mm / width), size / 2) if width else size
        while words and pdfmetrics.stringWidth(words, font, fitted) > within * mm:
            words = words[:-2].rstrip() + "…"
        self.canvas.setFont(font, fitted)
        self.canvas.drawString(at[0] * mm, (HEIGHT_MM - at[1]) * mm, words)

    def paragraph(self, at: tuple[float, float], words: str, size: float, within: float) -> float:
        """Set running text, breaking lines at spaces; return where the next line would stand."""
        line: str = ""
        top: float = at[1]
        for word in clean(words).split():
            longer = f"{line} {word}".strip()
            if line and pdfmetrics.stringWidth(longer, TEXT, size) > within * mm:
                self.text((at[0], top), line, TEXT, size, within)
                line, top = word, top + size * 0.5
            else:
                line = longer
        self.text((at[0], top), line, TEXT, size, within)
        return top + size * 0.5

    def _band(self) -> None:
        canvas = self.canvas
        canvas.saveState()
        clip = canvas.beginPath()
        clip.rect(0, (HEIGHT_MM - BAND_MM) * mm, WIDTH_MM * mm, BAND_MM * mm)
        canvas.clipPath(clip, stroke=0, fill=0)
        canvas.setFillColor(BAND)
        canvas.rect(0, (HEIGHT_MM - BAND_MM) * mm, WIDTH_MM * mm, BAND_MM * mm, stroke=0, fill=1)
        canvas.translate(0, HEIGHT_MM * mm)
        canvas.scale(mm / FINENESS, -mm / FINENESS)
        canvas.setLineWidth(0.3 * FINENESS)
        for shape in self.sheet.drawing:
            _draw(canvas, shape)
        canvas.restoreState()
        canvas.setFillColor(BAND)
        width = pdfmetrics.stringWidth(clean(self.sheet.centre_name), HEAD, 20) / mm
        canvas.roundRect(
            (MARGIN_MM - 4) * mm, (HEIGHT_MM - 29.5) * mm, (width + 8) * mm, 13 * mm, 6.5 * mm, stroke=0, fill=1
        )
        canvas.setFillColor(INK)
        self.text((MARGIN_MM, 25.5), self.sheet.centre_name, HEAD, 20, 110)

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
        self._rule(top - 9)
        for place, (label, fact, more) in enumerate(facts):
            left = MARGIN_MM + place * column
            self.canvas.setFillColor(SOFT)
            self.text((left, top), label, TEXT, 11, column - 4)
            self.canvas.setFillColor(INK)
            self.text((left, top + 8), fact, HEAD, 17, column - 4)
            self.canvas.setFillColor(SOFT)
            self.text((left, top + 14), more, TEXT, 11, column - 4)
        self._rule(top + 20)

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

    def _rule(self, top: float) -> None:
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(1)
        self.canvas.line(MARGIN_MM * mm, (HEIGHT_MM - top) * mm, (WIDTH_MM - MARGIN_MM) * mm, (HEIGHT_MM - top) * mm)


def _draw(canvas: Canvas, shape: Shape) -> None:
    """Draw a shape on a canvas whose units are fractions of a millimetre: whole numbers keep the file small."""
    path = canvas.beginPath()
    if isinstance(shape, Line):
        for place, (x, y) in enumerate(shape.points):
            (path.lineTo if place else path.moveTo)(_fine(x), _fine(y))
        if shape.is_closed:
            path.close()
    else:
        _circle(path, _fine(shape.x), _fine(shape.y), _fine(shape.radius))
    if isinstance(shape, Disc):
        canvas.setFillColor(TONES[shape.tone])
        canvas.drawPath(path, stroke=0, fill=1)
    else:
        canvas.setStrokeColor(TONES[shape.tone])
        canvas.drawPath(path, stroke=1, fill=0)


def _circle(path: PDFPathObject, x: int, y: int, radius: int) -> None:
    """Trace a circle in four curves, control points rounded to the unit."""
    reach = round(radius * 0.5523)  # 4/3 · (√2 − 1), the best cubic for a quarter
    path.moveTo(x + radius, y)
    path.curveTo(x + radius, y + reach, x + reach, y + radius, x, y + radius)
    path.curveTo(x - reach, y + radius, x - radius, y + reach, x - radius, y)
    path.curveTo(x - radius, y - reach, x - reach, y - radius, x, y - radius)
    path.curveTo(x + reach, y - radius, x + radius, y - reach, x + radius, y)


def _fine(millimetres: float) -> int:
    return round(millimetres * FINENESS)


def _broken(url: str, within: float) -> list[str]:
    """Break a long address after slashes, where the break is no character; lines of `within` mm."""
    lines = [""]
    for part in url.replace("/", "/ ").replace("/ / ", "//").split():
        if lines[-1] and pdfmetrics.stringWidth(lines[-1] + part, TEXT, 10) > within * mm:
            lines.append("")
        lines[-1] += part
    return lines


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    for name in (HEAD, TEXT):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    """The characters both fonts have a shape for."""
    return frozenset.intersection(*(_characters_of(name) for name in (HEAD, TEXT)))


def _characters_of(name: str) -> frozenset[int]:
    _register_fonts()
    font: Any = pdfmetrics.getFont(name)
    return frozenset(font.face.charToGlyph)
