"""Who comes of those who booked, and how punctually: estimates that lean on what is usual while few were seen. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.flow.arrivals import Punctuality

# Before we have seen anybody, we expect 45 of 50 to come: the rate of paid timed tickets, worth fifty tickets of proof.
USUAL_SHOWS, USUAL_ABSENCES = 45.0, 5.0
USUAL_PUNCTUALITY, WORTH = Punctuality(), 50.0
EARLIEST_HOURS = 1.0  # who comes earlier than this came by mistake, and says nothing about others


@dataclass(frozen=True, slots=True)
class ShowRate:
    """How many admissions were used of those booked for slots that are over."""

    shows: int
    booked: int

    @property
    def share(self) -> float:
        """The share we expect of the next, leaning on what is usual while few were booked."""
        return (USUAL_SHOWS + self.shows) / (USUAL_SHOWS + USUAL_ABSENCES + self.booked)

    @property
    def variance(self) -> float:
        """How uncertain that share is."""
        n = USUAL_SHOWS + USUAL_ABSENCES + self.booked
        return self.share * (1 - self.share) / (n + 1)

    def interval(self, score: float = 1.959964) -> tuple[float, float]:
        """Return Wilson's interval of the share seen; everything is possible when nobody was booked."""
        if not self.booked:
            return 0.0, 1.0
        seen, square = self.shows / self.booked, score**2 / self.booked
        middle = (seen + square / 2) / (1 + square)
        half = score / (1 + square) * math.sqrt(seen * (1 - seen) / self.booked + square / 4 / self.booked)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Offset:
    """When a party came: hours after its slot's start, and how wide the slot is."""

    hours: float
    width: float


@dataclass(frozen=True, slots=True)
class PunctualitySeen:
    """How many came early, on time and late, and by how many minutes the late ones in the middle."""

    early: int
    on_time: int
    late: int
    median_late_minutes: float | None

    @property
    def number(self) -> int:
        """How many these are."""
        return self.early + self.on_time + self.late


def punctuality_seen(offsets: Sequence[Offset]) -> PunctualitySeen:
    """Count who came early, on time and late."""
    lates = sorted((each.hours - each.width) * 60 for each in offsets if each.hours >= each.width)
    early = sum(each.hours < 0 for each in offsets)
    median = lates[len(lates) // 2] if lates else None
    return PunctualitySeen(early, len(offsets) - early - len(lates), len(lates), median)


def punctuality_of(offsets: Sequence[Offset]) -> Punctuality:
    """Estimate how punctual people are, leaning on what is usual while few were seen."""
    usual, n = USUAL_PUNCTUALITY, len(offsets) + WORTH
    earlies = [-each.hours for each in offsets if -EARLIEST_HOURS < each.hours < 0]
    lates = [each.hours - each.width for each in offsets if each.hours >= each.width]
    usual_late = usual.late * WORTH
    # Twice the mean is the end of an even spread.
    early_hours = (2 * sum(earlies) + usual.early_hours * usual.early * WORTH) / (len(earlies) + usual.early * WORTH)
    return Punctuality(
        early=(len(earlies) + usual.early * WORTH) / n,
        late=(len(lates) + usual_late) / n,
        early_hours=early_hours,
        late_hours=(sum(lates) + usual.late_hours * usual_late) / (len(lates) + usual_late),
    )
