"""What is printed: a line a measurement, and at the end which marks were reached."""

from __future__ import annotations

import sys

from bench.load import Run


class Report:
    """Prints as it goes and remembers the marks."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, bool]] = []

    def heading(self, text: str) -> None:
        """Begin an engine."""
        print(f"\n{text}\n{'':28} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8}  of the limit", flush=True)

    def run(self, name: str, run: Run, limit: Run | None = None) -> None:
        """Print a load, beside its limit when it has one."""
        share = f"{run.per_second / limit.per_second:>12.0%}" if limit and limit.per_second else ""
        figures = f"{run.per_second:>9.1f} {run.percentile_ms(50):>8.1f} {run.percentile_ms(99):>8.1f}"
        trouble = f"  {len(run.troubles)} went wrong: {run.troubles[0]}" if run.troubles else ""
        print(f"{name:28} {figures}  {share}{trouble}", flush=True)
        if run.troubles:
            self.marks.append((f"{name}: nothing goes wrong", False))

    def lists(self, heading: str, seconds: float) -> None:
        """Begin the lists of an engine, filled in so many seconds."""
        print(f"\n{heading}, filled in {seconds:.0f} s\n{'':28} {'p50 ms':>8} {'p95 ms':>8}", flush=True)

    def door(self, heading: str) -> None:
        """Begin the door of an engine."""
        print(f"\n{heading}\n{'':28} {'p50 ms':>8} {'p95 ms':>8}", flush=True)

    def list(self, name: str, run: Run) -> None:
        """Print how long a list takes."""
        print(f"{name:28} {run.percentile_ms(50):>8.0f} {run.percentile_ms(95):>8.0f}", flush=True)

    def figure(self, name: str, words: str) -> None:
        """Print something that is not a load."""
        print(f"{name:28} {words}", flush=True)

    def mark(self, name: str, *, holds: bool) -> None:
        """Remember whether a mark was reached."""
        self.marks.append((name, holds))

    def end(self) -> None:
        """Say which marks were reached; exit status 1 when one was missed."""
        print()
        for name, holds in self.marks:
            print(f"{'reached' if holds else 'MISSED ':8} {name}")
        sys.exit(0 if all(holds for _, holds in self.marks) else 1)
