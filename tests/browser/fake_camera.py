"""What a phone's camera sees of a printed ticket: single frames, and a film that Chromium plays in a camera's place."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path

import pypdfium2
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 480, 10
DOTS_PER_MM = 5.3  # a hand's breadth away
SEEN_MM = (120, 90)  # of the ticket, from its upper right corner, where the symbol is
DESK = 96  # grey

# A second each at first: degrees turned, how bright, how blurred (pixels).
VIEWS = ((14, 0.7, 1.0), (-38, 0.35, 1.2), (172, 0.25, 1.6))
# How far the ticket's upper edge is tilted away, and how far off the lens sees it, in pixels of its picture.
TILT_DEGREES, LENS = 40, 640
# A ticket on the dimmed screen of a phone in dark mode: light symbol on near black, the surround darker still.
DIM_SCREEN, DARK_ROOM = (18, 110), 8  # grey of its black and white; of what is around it


def film(ticket_pdf: bytes, path: Path) -> None:
    """Write a film of the first page: an empty desk, then the ticket turned, in dim light, out of focus."""
    frames = [Image.new("L", (WIDTH, HEIGHT), DESK)] * 5
    for seen in views(ticket_pdf):
        frames += [seen] * FRAMES_PER_SECOND
    with path.open("wb") as written:
        written.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
        for frame in frames:
            written.write(b"FRAME\n" + frame.tobytes() + colourless)


def views(ticket_pdf: bytes) -> list[Image.Image]:
    """Return the ticket as it is seen at each of VIEWS, then tilted, then on a phone in dark mode."""
    seen = _seen(ticket_pdf)
    return [*(_view(seen, *view) for view in VIEWS), _tilted(seen), _dark_mode(seen)]


def address_of(picture: Image.Image) -> str:
    """Return a picture as an address that a page can load."""
    written = io.BytesIO()
    picture.save(written, "PNG")
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"


def _seen(ticket_pdf: bytes) -> Image.Image:
    page = pypdfium2.PdfDocument(ticket_pdf)[0].render(scale=DOTS_PER_MM * 25.4 / 72).to_pil().convert("L")
    width, height = (round(side * DOTS_PER_MM) for side in SEEN_MM)
    return page.crop((page.width - width, 0, page.width, height))


def _view(seen: Image.Image, degrees: float, brightness: float, blur: float) -> Image.Image:
    turned = seen.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=DESK)
    desk = Image.new("L", (WIDTH, HEIGHT), DESK)
    desk.paste(turned, ((WIDTH - turned.width) // 2, (HEIGHT - turned.height) // 2))
    return ImageEnhance.Brightness(desk).enhance(brightness).filter(ImageFilter.GaussianBlur(blur))


def _tilted(seen: Image.Image) -> Image.Image:
    """Seen in true perspective, turned about the level line through its middle: what is further away is smaller."""
    slope, shorter = math.tan(math.radians(TILT_DEGREES)) / LENS, math.cos(math.radians(TILT_DEGREES))
    middle, whole = (seen.width / 2, seen.height / 2), 1 - slope * HEIGHT / 2
    numbers = (
        1, middle[0] * slope, -WIDTH / 2 + middle[0] * whole,
        0, 1 / shorter + middle[1] * slope, -HEIGHT / 2 / shorter + middle[1] * whole,
        0, slope,
    )  # fmt: skip
    tilted = seen.transform(
        (WIDTH, HEIGHT), Image.Transform.PERSPECTIVE, [number / whole for number in numbers],
        Image.Resampling.BICUBIC, fillcolor=DESK,
    )  # fmt: skip
    return tilted.filter(ImageFilter.GaussianBlur(1))


def _dark_mode(seen: Image.Image) -> Image.Image:
    black, white = DIM_SCREEN
    screen = ImageOps.invert(seen).point([black + (white - black) * grey // 255 for grey in range(256)])
    room = Image.new("L", (WIDTH, HEIGHT), DARK_ROOM)
    room.paste(screen, ((WIDTH - screen.width) // 2, (HEIGHT - screen.height) // 2))
    return room.filter(ImageFilter.GaussianBlur(1))
