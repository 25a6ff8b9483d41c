"""The QR symbol of a code: version 2 at level Q, readable far, blurred and on a dim telephone."""

from __future__ import annotations

import functools
from xml.sax.saxutils import escape

from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

VERSION = 2
MODULES = 25  # a side
# Trying all eight masks takes eight times as long, for each ticket, on its page and on its paper. Blurred, tilted and
# noisy to where one symbol in twenty is lost, this one reads as often as the best of eight: our codes are random.
MASK = 0
QUIET_MODULES = 4

Matrix = tuple[tuple[bool, ...], ...]


@functools.lru_cache(maxsize=256)
def matrix(code: str) -> Matrix:
    """Return the modules of a code's symbol, row by row, without the quiet zone; True is dark."""
    symbol = QRCode(version=VERSION, error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=MASK)
    symbol.add_data(code, optimize=0)
    symbol.make(fit=False)
    return tuple(tuple(bool(module) for module in row) for row in symbol.modules)


def runs(code: str) -> list[tuple[int, int, int]]:
    """Return the dark modules as horizontal runs (column, row, length): fewer shapes to draw than modules."""
    return _runs(matrix(code))


def svg(code: str, title: str) -> str:
    """Return the symbol for a page: dark on pure white in either theme, named for screen readers."""
    return _drawn(matrix(code), title)


def link_svg(address: str, title: str) -> str:
    """Return the symbol of an address that is read from one screen by another, as large as the address needs."""
    symbol = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    symbol.add_data(address, optimize=0)
    symbol.make(fit=True)
    return _drawn(tuple(tuple(bool(module) for module in row) for row in symbol.modules), title)


def _runs(modules: Matrix) -> list[tuple[int, int, int]]:
    found = []
    for row, line in enumerate(modules):
        column = 0
        while column < len(line):
            length = 0
            while column + length < len(line) and line[column + length]:
                length += 1
            if length:
                found.append((column, row, length))
            column += max(length, 1)
    return found


def _drawn(modules: Matrix, title: str) -> str:
    side = len(modules) + 2 * QUIET_MODULES
    path = "".join(
        f"M{column + QUIET_MODULES} {row + QUIET_MODULES}h{length}v1h-{length}z"
        for column, row, length in _runs(modules)
    )
    return (
        f'<svg class="qr" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f"<title>{escape(title)}</title>"
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )
