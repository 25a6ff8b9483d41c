"""What an experience asks of visitors who go out and want to come in again. Pure."""

from __future__ import annotations

from enum import StrEnum


class Reentry(StrEnum):
    """How the house knows again who was in before."""

    NONE = "none"  # who is out is out
    STAMP = "stamp"  # by the stamp on their hand
    EXIT_SCAN = "exit_scan"  # their ticket was scanned when they went out
    WINDOW = "window"  # for so many minutes after the ticket was first used, whoever holds it
