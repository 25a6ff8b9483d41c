"""One A4 page in our family: a band with a drawing, two typefaces, rules. Tickets and the day programme are set on it.

Lengths are in millimetres from the top left, as one would measure on the page.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from zlib import crc32

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from ticketing.foundation import typefaces
from ticketing.foundation.shapes import Disc, Line, Shape
from ticketing.foundation.typefaces import HEAD, TEXT, clean

# Streams as bytes: the text form of old would make each file a quarter larger.
rl_config.useA85 = 0

WIDTH_MM, HEIGHT_MM = 210, 297
MARGIN_MM = 18
ROUNDING = 0.01  # points; words made to fit exactly are not cut for it
FINENESS = 5  # units of a drawing in a millimetre
BAND = HexColor("#ffc928")
INK, SOFT = HexColor("#191531"), HexColor("#5a5570")
TONES = {
    "ink": INK, "soft": HexColor("#b08a1c"), "spark": HexColor("#ff6b2c"), "ultra": HexColor("#4322c9"),
    "sun": HexColor("#fff1c2"),
}  # fmt: skip
LINE = HexColor("#dcd5c6")


def new_canvas(file: io.BytesIO, *, title: str, author: str, language: str) -> Canvas:
    """Begin a file of A4 pages that has the same bytes for the same words."""
    typefaces.register()
    canvas = Canvas(file, pagesize=A4, invariant=1, lang=language, pageCompression=1)
    canvas.setTitle(clean(title))
    canvas.setAuthor(clean(author))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


class Paper:
    """The open page of a file, with what all our pages are made of."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def text(self, at: tuple[float, float], words: str, font: str, size: float, within: float) -> None:
        """Set one line at a place, smaller when it would be wider than `within` millimetres, cut at half size."""
        words = clean(words)
        width = pdfmetrics.stringWidth(words, font, size)
        fitted = max(size * min(1, within * mm / width), size / 2) if width else size
        while words and pdfmetrics.stringWidth(words, font, fitted) > within * mm + ROUNDING:
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

    def band(self, drawing: Sequence[Shape], height: float, name: str) -> None:
        """Lay the band with our name on it across the top; the drawing is in a frame of WIDTH_MM by `height`.

        A file keeps each drawing once, however many of its pages show it.
        """
        canvas, form = self.canvas, f"band-{crc32(repr((drawing, height)).encode()):08x}"
        if not canvas.hasForm(form):
            canvas.beginForm(form, 0, 0, WIDTH_MM * mm, HEIGHT_MM * mm)
            _lay(canvas, drawing, height)
            canvas.endForm()
        canvas.doForm(form)
        canvas.setFillColor(BAND)
        width = pdfmetrics.stringWidth(clean(name), HEAD, 20) / mm
        canvas.roundRect(
            (MARGIN_MM - 4) * mm, (HEIGHT_MM - 29.5) * mm, (width + 8) * mm, 13 * mm, 6.5 * mm, stroke=0, fill=1
        )
        canvas.setFillColor(INK)
        self.text((MARGIN_MM, 25.5), name, HEAD, 20, 110)

    def rule(self, top: float) -> None:
        """Draw a line across the text's width."""
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(1)
        self.canvas.line(MARGIN_MM * mm, (HEIGHT_MM - top) * mm, (WIDTH_MM - MARGIN_MM) * mm, (HEIGHT_MM - top) * mm)


def _lay(canvas: Canvas, drawing: Sequence[Shape], height: float) -> None:
    """Colour the band and draw what is on it, cut at its edges."""
    clip = canvas.beginPath()
    clip.rect(0, (HEIGHT_MM - height) * mm, WIDTH_MM * mm, height * mm)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setFillColor(BAND)
    canvas.rect(0, (HEIGHT_MM - height) * mm, WIDTH_MM * mm, height * mm, stroke=0, fill=1)
    canvas.translate(0, HEIGHT_MM * mm)
    canvas.scale(mm / FINENESS, -mm / FINENESS)
    canvas.setLineWidth(0.3 * FINENESS)
    for shape in drawing:
        _draw(canvas, shape)


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
