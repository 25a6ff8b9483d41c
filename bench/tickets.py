"""What a ticket costs: milliseconds and bytes, the dearest of all drawings."""

from __future__ import annotations

import statistics
import time

from tests.unit.tickets.test_pdf import sheet
from ticketing.content.drawings import DRAWERS
from ticketing.tickets import pdf

TIMES = 20


def ticket_costs() -> tuple[float, int]:
    """Return milliseconds (median) and bytes of a one-page file, of whichever drawing costs most."""
    pdf.make_pdf([sheet()], title="bench", author="bench")  # fonts are read once a process
    times, sizes = [], []
    for drawing in DRAWERS:
        mine = []
        for _ in range(TIMES):
            one = sheet(drawing=drawing)
            began = time.perf_counter()
            file = pdf.make_pdf([one], title="bench", author="bench")
            mine.append((time.perf_counter() - began) * 1000)
        times.append(statistics.median(mine))
        sizes.append(len(file))
    return max(times), max(sizes)
