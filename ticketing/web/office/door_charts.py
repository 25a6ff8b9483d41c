"""Quiet charts of the door, drawn from numbers: every one stands above a table that says the same."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT, FOOT = 720, 120, 18


def minute_bars(by_minute: Sequence[int], title: str, *, first: str, last: str) -> Markup:
    """Draw a bar for each minute, the newest at the right; the highest is as high as the chart, and says its number."""
    most = max(by_minute, default=0)
    step = WIDTH / max(1, len(by_minute))
    bars = [
        f'<rect class="bar" x="{at * step + 1:.1f}" y="{HEIGHT - number / most * (HEIGHT - 20):.1f}" '
        f'width="{step - 2:.1f}" height="{number / most * (HEIGHT - 20):.1f}"/>'
        for at, number in enumerate(by_minute)
        if number
    ]
    words = f'<text x="0" y="12">{most}</text>' if most else ""
    return _svg(title, "".join(bars) + words + _foot(first, last))


def slot_bars(slots: Sequence[tuple[int, int]], title: str, *, first: str, last: str) -> Markup:
    """Draw what was sold of each slot as an outline, and who of them came as a bar in it: pairs of (sold, came)."""
    most = max((max(pair) for pair in slots), default=0) or 1
    step = WIDTH / max(1, len(slots))
    drawn = []
    for at, (sold, came) in enumerate(slots):
        for kind, number in (("outline", sold), ("bar", came)):
            height = number / most * (HEIGHT - 20)
            drawn.append(
                f'<rect class="{kind}" x="{at * step + 2:.1f}" y="{HEIGHT - height:.1f}" '
                f'width="{min(40.0, step - 4):.1f}" height="{height:.1f}"/>'
            )
    return _svg(title, "".join(drawn) + f'<text x="0" y="12">{most}</text>' + _foot(first, last))


def _foot(first: str, last: str) -> str:
    line = f'<path class="base" d="M0 {HEIGHT}H{WIDTH}"/>'
    below = HEIGHT + FOOT - 4
    return (
        f'{line}<text x="0" y="{below}">{escape(first)}</text>'
        f'<text x="{WIDTH}" y="{below}" text-anchor="end">{escape(last)}</text>'
    )


def _svg(title: str, drawn: str) -> Markup:
    shape = f'class="chart" viewBox="0 0 {WIDTH} {HEIGHT + FOOT}" role="img"'
    return Markup(f"<svg {shape}><title>{escape(title)}</title>{drawn}</svg>")  # noqa: S704 - numbers, and escaped words
