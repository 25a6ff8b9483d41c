"""What a phone's camera sees of a printed ticket: single frames, and a film that Chromium plays in a camera's place."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image, ImageEnhance, ImageFilter

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 480, 10
DOTS_PER_MM = 5.3  # a hand's breadth away
SEEN_MM = (120, 90)  # of the ticket, from its upper right corner, where the symbol is
DESK = 96  # grey

# One second each: degrees turned, how bright, how blurred (pixels).
VIEWS = ((14, 0.7, 1.0), (-38, 0.35, 1.2), (172, 0.25, 1.6))


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
    """Return the ticket as it is seen at each of VIEWS."""
    seen = _seen(ticket_pdf)
    return [_view(seen, *view) for view in VIEWS]


def _seen(ticket_pdf: bytes) -> Image.Image:
    page = pypdfium2.PdfDocument(ticket_pdf)[0].render(scale=DOTS_PER_MM * 25.4 / 72).to_pil().convert("L")
    width, height = (round(side * DOTS_PER_MM) for side in SEEN_MM)
    return page.crop((page.width - width, 0, page.width, height))


def _view(seen: Image.Image, degrees: float, brightness: float, blur: float) -> Image.Image:
    turned = seen.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=DESK)
    desk = Image.new("L", (WIDTH, HEIGHT), DESK)
    desk.paste(turned, ((WIDTH - turned.width) // 2, (HEIGHT - turned.height) // 2))
    return ImageEnhance.Brightness(desk).enhance(brightness).filter(ImageFilter.GaussianBlur(blur))
