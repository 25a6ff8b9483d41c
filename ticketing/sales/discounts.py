"""What comes off the price of a basket: bundles and promotion codes. Pure: tickets with their prices in, cents off out.

First the bundle of each slot, then the code on what is left to pay: nobody pays more than with either alone. Everything
is decided ticket by ticket and shared to the cent, so that lines, VAT and totals add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ticketing.foundation.money import split

# No provider takes a smaller payment (euro cents). What a code would leave to pay below this, it takes off as well.
LEAST_PAYABLE_CENTS = 50


@dataclass(frozen=True, slots=True)
class PricedTicket:
    """One ticket of a basket with what is left to pay for it; `line` is the place of its line in the basket."""

    line: int
    slot_id: int
    ticket_type_id: int
    cents: int


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of the price, rounded half-up over all tickets together."""

    percent: int


@dataclass(frozen=True, slots=True)
class Amount:
    """So many cents, at most what there is to pay."""

    cents: int


@dataclass(frozen=True, slots=True)
class Places:
    """So many tickets go free, the dearest first; of these types, or of every type when none is named."""

    places: int
    ticket_type_ids: frozenset[int] = frozenset()


Reduction = Percent | Amount | Places


@dataclass(frozen=True, slots=True)
class CodeDiscount:
    """What a promotion code takes off, and on tickets of which slots; None: on all."""

    reduction: Reduction
    slot_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class BundlePart:
    """From `least` to `most` tickets of one type."""

    ticket_type_id: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """What all tickets of a bundle cost together."""

    cents: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """Tickets of one slot that cost less together: all the parts, at one price or with a percentage off."""

    bundle_id: int
    slot_id: int
    parts: tuple[BundlePart, ...]
    offer: FixedPrice | Percent


@dataclass(frozen=True, slots=True)
class Off:
    """What comes off one ticket: by a bundle (with its id) and by the code."""

    bundle_id: int | None = None
    bundle_cents: int = 0
    code_cents: int = 0
    is_free_place: bool = False  # the code spends one of its places on it


NOTHING_OFF = Off()


def take_off(
    tickets: Sequence[PricedTicket], bundles: Iterable[Bundle] = (), code: CodeDiscount | None = None
) -> list[Off]:
    """Return what comes off each ticket, in their order: the bundles first, then the code on what is left."""
    bundled = _off_by_bundles(tickets, bundles)
    if code is None:
        return bundled
    left = [ticket.cents - off.bundle_cents for ticket, off in zip(tickets, bundled, strict=True)]
    cents, freed = _off_by_code(tickets, left, code)
    return [Off(off.bundle_id, off.bundle_cents, cents[place], place in freed) for place, off in enumerate(bundled)]


def _off_by_bundles(tickets: Sequence[PricedTicket], bundles: Iterable[Bundle]) -> list[Off]:
    """Give each slot the one kind of bundle that saves most there, as many times as that saves more."""
    best: dict[int, tuple[int, Bundle, list[int]]] = {}
    for bundle in sorted(bundles, key=lambda each: each.bundle_id):
        saving, covered = _saving(tickets, bundle)
        if saving > best.get(bundle.slot_id, (0, None, None))[0]:
            best[bundle.slot_id] = (saving, bundle, covered)
    off = [NOTHING_OFF] * len(tickets)
    for saving, bundle, covered in best.values():
        shares = split(saving, [tickets[place].cents for place in covered])
        for place, share in zip(covered, shares, strict=True):
            if share:
                off[place] = Off(bundle.bundle_id, share)
    return off


def _saving(tickets: Sequence[PricedTicket], bundle: Bundle) -> tuple[int, list[int]]:
    """Return the most a bundle can save in its slot (cents), and the places of the tickets it then covers."""
    own = [_dearest(tickets, bundle.slot_id, part.ticket_type_id) for part in bundle.parts]
    most_times = min((len(places) // part.least for places, part in zip(own, bundle.parts, strict=True)), default=0)
    best: tuple[int, list[int]] = (0, [])
    for times in range(1, most_times + 1):
        covered = [
            place for places, part in zip(own, bundle.parts, strict=True) for place in places[: times * part.most]
        ]
        worth = sum(tickets[place].cents for place in covered)
        saving = (
            _percent_of(worth, bundle.offer.percent)
            if isinstance(bundle.offer, Percent)
            else (worth - times * bundle.offer.cents)
        )
        best = max(best, (saving, covered), key=lambda each: each[0])
    return best


def _dearest(tickets: Sequence[PricedTicket], slot_id: int, ticket_type_id: int) -> list[int]:
    own = [
        place
        for place, ticket in enumerate(tickets)
        if ticket.slot_id == slot_id and ticket.ticket_type_id == ticket_type_id
    ]
    return sorted(own, key=lambda place: -tickets[place].cents)


def _off_by_code(
    tickets: Sequence[PricedTicket], left: Sequence[int], code: CodeDiscount
) -> tuple[list[int], frozenset[int]]:
    """Return what the code takes off each ticket, and the places of those that it lets go free."""
    weights = [
        cents if code.slot_ids is None or ticket.slot_id in code.slot_ids else 0
        for ticket, cents in zip(tickets, left, strict=True)
    ]
    freed: frozenset[int] = frozenset()
    if isinstance(code.reduction, Places):
        freed = _freed(tickets, weights, code.reduction)
        off = [cents if place in freed else 0 for place, cents in enumerate(weights)]
    elif isinstance(code.reduction, Percent):
        off = _shared(_percent_of(sum(weights), code.reduction.percent), weights)
    else:
        off = _shared(min(code.reduction.cents, sum(weights)), weights)
    rest = sum(left) - sum(off)
    if any(off) and 0 < rest < LEAST_PAYABLE_CENTS:
        off = list(left)
    return off, freed


def _freed(tickets: Sequence[PricedTicket], weights: Sequence[int], places: Places) -> frozenset[int]:
    """Choose the tickets that go free: the dearest, and of equal ones the first; one that is free takes no place."""
    of_type = [
        place
        for place, ticket in enumerate(tickets)
        if weights[place] and (not places.ticket_type_ids or ticket.ticket_type_id in places.ticket_type_ids)
    ]
    return frozenset(sorted(of_type, key=lambda place: -weights[place])[: places.places])


def _percent_of(cents: int, percent: int) -> int:
    """Return a percentage, rounded half-up to the cent."""
    return (2 * cents * percent + 100) // 200


def _shared(cents: int, weights: Sequence[int]) -> list[int]:
    return split(cents, weights) if any(weights) else [0] * len(weights)
