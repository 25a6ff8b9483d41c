"""The picture others show when they link to a page: its own drawing, its title, our name. Pure.

Drawn twice as large and made smaller, which smooths every edge; few colours, which keeps the file small.
"""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from ticketing.content import drawings
from ticketing.foundation import typefaces
from ticketing.foundation.shapes import Disc, Line, Ring, Shape
from ticketing.foundation.typefaces import HEAD, clean

WIDTH, HEIGHT = 1200, 630  # pixels, as Open Graph readers expect
EDITION = "2"  # count on when the same facts are drawn differently: addresses are remembered for a year
FINENESS = 2
MARGIN = 64
NARROW, WIDE = 660, 880  # the quiet field on the left that the title stands on
COLOURS = 64
PAPER, INK, SOFT, ULTRA = "#faf6ee", "#191531", "#5a5570", "#4322c9"
BAND = "#ffc928"
TONES = {"ink": INK, "soft": "#b08a1c", "spark": "#ff6b2c", "ultra": ULTRA, "sun": "#fff1c2"}
LARGEST, EASY, SMALLEST = 92, 64, 36  # pixels of type; a word too long for easy type gets the wide field
LINE_HEIGHT = 1.02


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """What decides a picture; `drawing` and `seed` as on the page itself."""

    title: str
    centre_name: str
    drawing: str
    seed: int

    @property
    def digest(self) -> str:
        """The name of exactly this picture, for an address that may be remembered for good."""
        facts = "\0".join((EDITION, self.title, self.centre_name, self.drawing, str(self.seed)))
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=256)
def png(facts: ShareFacts) -> bytes:
    """Draw the picture: 1200 by 630 pixels, under 100 kB."""
    image = Image.new("RGB", (WIDTH * FINENESS, HEIGHT * FINENESS), BAND)
    draw = ImageDraw.Draw(image)
    panel = panel_of(facts.title)
    _draw_shapes(draw, facts, panel)
    draw.rectangle((0, 0, panel * FINENESS, HEIGHT * FINENESS), fill=PAPER)
    _draw_name(draw, facts.centre_name, panel)
    _draw_title(draw, facts.title, panel)
    small = image.reduce(FINENESS)
    few = small.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", compress_level=6)
    return file.getvalue()


def panel_of(title: str) -> int:
    """Return how wide the title's field is, in pixels."""
    longest = max(_font(EASY).getlength(word) for word in clean(title).split(" "))
    return NARROW if longest <= (NARROW - 2 * MARGIN) * FINENESS else WIDE


def _draw_shapes(draw: ImageDraw.ImageDraw, facts: ShareFacts, panel: int) -> None:
    """Draw the page's drawing on the band right of the panel; its frame begins a little under the panel."""
    left = panel - 40
    for shape in drawings.shapes(facts.drawing, facts.seed, WIDTH - left, HEIGHT):
        _draw_shape(draw, shape, left)


def _draw_shape(draw: ImageDraw.ImageDraw, shape: Shape, left: float) -> None:
    colour = TONES[shape.tone]
    if isinstance(shape, Line):
        points = [((left + x) * FINENESS, y * FINENESS) for x, y in shape.points]
        if shape.is_closed:
            points += points[:2]
        draw.line(points, fill=colour, width=round(shape.weight * FINENESS), joint="curve")
        return
    box = tuple(
        each * FINENESS
        for each in (
            left + shape.x - shape.radius,
            shape.y - shape.radius,
            left + shape.x + shape.radius,
            shape.y + shape.radius,
        )
    )
    if isinstance(shape, Disc):
        draw.ellipse(box, fill=colour)
    elif isinstance(shape, Ring):
        draw.ellipse(box, outline=colour, width=round(shape.weight * FINENESS))


def _draw_name(draw: ImageDraw.ImageDraw, centre_name: str, panel: int) -> None:
    """Set our sign and our name at the foot of the panel."""
    x, y, size = MARGIN * FINENESS, (HEIGHT - MARGIN - 22) * FINENESS, 22 * FINENESS
    draw.ellipse((x, y - size, x + 2 * size, y + size), fill=BAND)
    draw.pieslice((x, y - size, x + 2 * size, y + size), -90, 90, fill="#ff6b2c")
    core = size * 5 / 14
    draw.ellipse((x + size - core, y - core, x + size + core, y + core), fill=ULTRA)
    room = (panel - 2 * MARGIN - 60) * FINENESS
    font, words = _fitted(clean(centre_name), 40, room)
    draw.text((x + 2 * size + 16 * FINENESS, y), words, font=font, fill=INK, anchor="lm")


def _fitted(words: str, size: int, room: float) -> tuple[ImageFont.FreeTypeFont, str]:
    """Return type in which the words fit on one line, and the words, cut when even small type is too wide."""
    font = _font(size)
    while font.getlength(words) > room and size > SMALLEST // 2:
        size -= 2
        font = _font(size)
    while len(words) > 1 and font.getlength(words) > room:
        words = words[:-2].rstrip() + "…"
    return font, words


def _draw_title(draw: ImageDraw.ImageDraw, title: str, panel: int) -> None:
    """Set the title as large as it fits into the panel, from the top."""
    room, tall = (panel - 2 * MARGIN) * FINENESS, (HEIGHT - 2 * MARGIN - 90) * FINENESS
    for size in range(LARGEST, SMALLEST - 1, -4):
        font = _font(size)
        lines = _broken(clean(title), font, room)
        step = size * LINE_HEIGHT * FINENESS
        if len(lines) * step <= tall and all(font.getlength(line) <= room for line in lines):
            break
    most = int(tall // step)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1].rstrip() + "…"]
    for number, line in enumerate(lines):
        words = line
        while len(words) > 1 and font.getlength(words) > room:
            words = words[:-2].rstrip() + "…"
        draw.text((MARGIN * FINENESS, MARGIN * FINENESS + number * step), words, font=font, fill=INK, anchor="la")


def _broken(title: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    lines = [""]
    for word in title.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(typefaces.file_of(HEAD)), size * FINENESS)
