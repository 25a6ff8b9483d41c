"""What a limit on people promises. Pure: the arithmetic of visitor flow asks it too."""

from __future__ import annotations

from enum import StrEnum


class Promise(StrEnum):
    """What is promised never to be exceeded but with a small risk."""

    MOMENT = "moment"  # at each moment of a day
    DAY = "day"  # at any moment of a day: stricter
