"""A preview on a page: what is counted, the slots it shows, some at a time, and what people have tickets for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from ticketing.catalogue import experience_editing
from ticketing.catalogue.slot_changes import Fate, Outcome, Preview
from ticketing.foundation.languages import Texts
from ticketing.sales import slot_orders
from ticketing.sales.slot_orders import Touched

ROWS = 200


@dataclass(frozen=True)
class PreviewShown:
    """What becomes of slots, as a page tells it; `begin` is the place of its first row among all of them."""

    digest: str
    counts: Counter[str]
    rows: tuple[Outcome, ...]
    begin: int
    total: int
    touched: Touched  # by slots that are kept only for those who have tickets
    names: Mapping[int, Texts]

    @property
    def earlier(self) -> int | None:
        """Where the page before begins."""
        return max(0, self.begin - ROWS) if self.begin else None

    @property
    def later(self) -> int | None:
        """Where the page after begins."""
        return self.begin + ROWS if self.begin + ROWS < self.total else None


def shown(session: Session, preview: Preview) -> PreviewShown:
    """Put together what a page shows of a preview, from the row its address asks for."""
    asked = request.args.get("row", "")
    begin = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    kept = [outcome.before.id for outcome in preview.of(Fate.KEPT) if outcome.before]
    return PreviewShown(
        digest=preview.digest,
        counts=preview.counts,
        rows=preview.shown[begin : begin + ROWS],
        begin=begin,
        total=len(preview.shown),
        touched=slot_orders.count_touched(session, kept),
        names={each.id: each.names for each in experience_editing.all_experiences(session)},
    )
