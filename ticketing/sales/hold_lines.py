"""What somebody wants, priced: the lines of a basket, slot by slot in order of time, within what one order may have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from ticketing.catalogue import offers
from ticketing.catalogue.models import Slot
from ticketing.catalogue.offers import PricedType
from ticketing.sales import basket
from ticketing.sales.models import Hold, HoldLine

Wants = Mapping[str, Mapping[str, int]]  # numbers of tickets by ticket type slug, by slot uuid


def priced(session: Session, wants: Wants) -> list[HoldLine]:
    """Price what is wanted of each slot; every slot needs at least one ticket.

    Raises SlotNotFound and the refusals of basket.checked_quantities.
    """
    slots = offers.get_slots(session, wants)
    prices = offers.prices_of_visits(session, {(slot.experience_id, slot.local_date) for slot in slots})
    return [
        line
        for slot in slots
        for line in _lines_of(slot, prices[slot.experience_id, slot.local_date], wants[slot.uuid])
    ]


def require_within_order(lines: Iterable[HoldLine]) -> None:
    """Count the lines of a whole basket against what one order may have. Raises QuantityTooHigh."""
    counts: Counter[str] = Counter()
    most = {}
    for line in lines:
        counts[line.ticket_type.slug] += line.quantity
        most[line.ticket_type.slug] = line.ticket_type.max_per_order
    basket.require_within_order(counts, most)


def places(lines: Iterable[HoldLine]) -> Counter[int]:
    """Return how many admissions lines need, by slot id."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.slot_id] += line.quantity
    return wanted


def party_of(hold: Hold) -> dict[str, int]:
    """Return who comes along, by ticket type slug: the same people see the exhibition and then a show."""
    party: dict[str, int] = {}
    for line in hold.lines:
        party[line.ticket_type.slug] = max(party.get(line.ticket_type.slug, 0), line.quantity)
    return party


def numbers_in(hold: Hold, slot_uuid: str) -> dict[str, int]:
    """Return what a basket has of one slot, by ticket type slug."""
    return {line.ticket_type.slug: line.quantity for line in hold.lines if line.slot.uuid == slot_uuid}


def _lines_of(slot: Slot, prices: Sequence[PricedType], quantities: Mapping[str, int]) -> list[HoldLine]:
    by_slug = {priced.ticket_type.slug: priced for priced in prices}
    most = {slug: priced.ticket_type.max_per_order for slug, priced in by_slug.items()}
    return [
        HoldLine(
            slot_id=slot.id,
            slot=slot,
            ticket_type_id=by_slug[slug].ticket_type.id,
            ticket_type=by_slug[slug].ticket_type,
            quantity=quantity,
            unit_cents=by_slug[slug].price.cents,
            currency=by_slug[slug].price.currency,
        )
        for slug, quantity in basket.checked_quantities(quantities, most).items()
    ]
