"""An open basket takes more, less or something else: numbers are set slot by slot, places move in one transaction.

Setting is idempotent: the same form sent twice sets the same numbers. When there is no room for what is added, the
basket stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ticketing.catalogue import capacity
from ticketing.sales import hold_lines, holds, orders, waiting_serving
from ticketing.sales.hold_lines import Wants
from ticketing.sales.holds import HOLD_TIME, HoldExpired
from ticketing.sales.models import Hold, HoldLine

# Taking more renews the time, but not for ever: whoever adds and takes out again in turn keeps places from others.
RENEWED_FOR = timedelta(hours=1)


def choose(session: Session, hold: Hold, choices: Wants, *, now: datetime) -> None:
    """Set the numbers of these slots in a basket loaded by `lock_hold`; none takes a slot out, nothing left releases.

    Raises HoldExpired, SlotFull, SlotClosed, SlotOver, SlotNotFound, QuantityTooHigh for the whole basket, and the
    refusals of basket.checked_quantities.
    """
    holds.require_open(hold, now)
    own = {line.slot.uuid for line in hold.lines}
    wanted = {uuid: numbers for uuid, numbers in choices.items() if uuid not in own or any(numbers.values())}
    kept = [line for line in hold.lines if line.slot.uuid not in choices]
    chosen = hold_lines.priced(session, wanted) if wanted else []
    if not kept and not chosen:
        holds.release(session, hold)
        return
    orders.require_not_closed(session, (line.slot for line in chosen), now)
    hold_lines.require_within_order([*kept, *chosen])
    before, after = hold_lines.places(hold.lines), hold_lines.places([*kept, *chosen])
    takes_more = any(after[slot_id] > before[slot_id] for slot_id in after)
    if takes_more:
        hold.expires_at = max(hold.expires_at, min(now + HOLD_TIME, hold.created_at + RENEWED_FOR))
    _set_lines(hold, kept, chosen)
    session.flush()  # before the slots are locked, as in holds.keep_until
    if takes_more:
        waiting_serving.serve(session, {*before, *after}, now=now)  # all slots that are locked next, in one order
    if not capacity.rearrange(session, hold.key, after, expires_at=hold.expires_at, now=now):
        raise HoldExpired("The time to keep your places is over. Choose again; nothing was charged.")


def _set_lines(hold: Hold, kept: Sequence[HoldLine], chosen: Sequence[HoldLine]) -> None:
    """Change the lines that are there, so that a slot and a type never have two."""
    there = {(line.slot_id, line.ticket_type_id): line for line in hold.lines if line not in kept}
    changed = []
    for line in chosen:
        known = there.get((line.slot_id, line.ticket_type_id))
        if known is not None:
            known.quantity, known.unit_cents, known.currency = line.quantity, line.unit_cents, line.currency
        changed.append(known or line)
    hold.lines = [*kept, *changed]
