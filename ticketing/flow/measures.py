"""How good a forecast was. Pure. Never a mean of percentages: closed days are zero."""

from __future__ import annotations

from collections.abc import Sequence

WEEK = 7


def wape(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """Return the sum of errors as a share of the sum of what came."""
    return sum(abs(y - f) for y, f in zip(actual, forecast, strict=True)) / sum(actual)


def bias(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """Return by which share too much was forecast."""
    return sum(f - y for y, f in zip(actual, forecast, strict=True)) / sum(actual)


def as_a_week_ago(days: Sequence[float]) -> float:
    """Return the mean error of taking the number of a week ago; 0 where that is never wrong, or nothing is known."""
    errors = [abs(now - then) for then, now in zip(days, days[WEEK:], strict=False)]
    return sum(errors) / len(errors) if errors else 0.0


def mase(actual: Sequence[float], forecast: Sequence[float], before: Sequence[float]) -> float:
    """Return the mean error in units of the error of "as a week ago" over the days before; below 1 beats that."""
    errors = [abs(y - f) for y, f in zip(actual, forecast, strict=True)]
    return sum(errors) / len(errors) / as_a_week_ago(before)


def pinball(actual: Sequence[float], quantile: Sequence[float], share: float) -> float:
    """Return the mean loss of a forecast of a quantile."""
    losses = [max(share * (y - f), (share - 1) * (y - f)) for y, f in zip(actual, quantile, strict=True)]
    return sum(losses) / len(losses)


def coverage(actual: Sequence[float], low: Sequence[float], high: Sequence[float]) -> float:
    """Return the share of days within their band, its ends included."""
    return sum(lo <= y <= hi for y, lo, hi in zip(actual, low, high, strict=True)) / len(actual)
