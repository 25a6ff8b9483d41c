"""What can be had on a day, read for day_plan.py: ways out of a clash, what else goes with a basket, whole days.

Only what has room for the whole party is offered; taking places asks again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ticketing.catalogue import availability, offers
from ticketing.catalogue.availability import NextStart, SlotView
from ticketing.catalogue.models import Audience, Experience, ExperienceKind, Slot
from ticketing.catalogue.offers import PricedType
from ticketing.catalogue.room import Party
from ticketing.foundation.money import Money, total_of
from ticketing.sales import day_plan, hold_changes, hold_lines, holds
from ticketing.sales.day_plan import Clash, Obstacle, Plan, Sitting
from ticketing.sales.hold_lines import Wants
from ticketing.sales.holds import BasketRequest
from ticketing.sales.models import Hold

KINDS = (ExperienceKind.ADMISSION, ExperienceKind.SHOW, ExperienceKind.WORKSHOP)
MOST_STARTS = 3  # offered of one experience; all of them are a press away
DAYS_LOOKED_AT = 14  # before and after a day that is full, for the nearest one that is not

Numbers = Mapping[str, int]  # of tickets, by ticket type slug


@dataclass(frozen=True, slots=True)
class Offered:
    """Something with room for the party: its next starts that clash with nothing, who gets a ticket, and the price."""

    experience: Experience
    starts: tuple[SlotView, ...]
    numbers: Numbers
    price: Money
    is_for_all: bool  # False when some of the party have no ticket for it


@dataclass(frozen=True, slots=True)
class WayOut:
    """Another time for one side of a clash, for the same people."""

    instead_of: Slot
    start: SlotView
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class BasketClash:
    """Two slots of a basket that clash, and other times for either."""

    clash: Clash
    first: Slot
    second: Slot
    ways_out: tuple[WayOut, ...]


@dataclass(frozen=True, slots=True)
class AroundBasket:
    """What a basket's page has beside the basket."""

    clashes: tuple[BasketClash, ...]
    offered: Mapping[date, tuple[Offered, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing of a proposed day, for whom, and what it costs."""

    experience: Experience
    start: SlotView
    numbers: Numbers
    price: Money
    is_for_all: bool


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """What a day can be: proposals, or why there are none; then the nearest other day that has one."""

    proposals: tuple[tuple[Step, ...], ...]
    obstacle: Obstacle | None
    not_for_party: tuple[Experience, ...]  # nobody of the party has a ticket for these
    other_day: date | None
    absent: frozenset[int] = frozenset()  # of the obstacle's experiences: those that are not on that day at all


@dataclass(frozen=True, slots=True)
class DayWish:
    """Which day, which experiences (slugs), and who comes along."""

    local_date: date
    experiences: tuple[str, ...]
    numbers: Numbers


def sittings_of(hold: Hold) -> dict[str, Sitting]:
    """Return what a basket has, each slot once, by slot uuid."""
    return {line.slot.uuid: _sitting(line.slot.uuid, line.slot.experience, line.slot) for line in hold.lines}


def clashes_of(hold: Hold) -> list[BasketClash]:
    """Return what clashes in a basket, without other times: nothing is read for it."""
    slots = {line.slot.uuid: line.slot for line in hold.lines}
    found = day_plan.clashes(sittings_of(hold).values())
    return [BasketClash(clash, slots[clash.first.slot_uuid], slots[clash.second.slot_uuid], ()) for clash in found]


def around(session: Session, hold: Hold, *, zone: ZoneInfo, now: datetime) -> AroundBasket:
    """Read what else there is on the days of a basket loaded by `get_hold`."""
    days = sorted({line.slot.local_date for line in hold.lines})
    starts = {day: _starts(session, day, day, zone=zone, now=now) for day in days}
    clashing = [_with_ways_out(hold, found, starts[found.first.local_date]) for found in clashes_of(hold)]
    return AroundBasket(
        tuple(clashing), {day: _offered(session, hold, day, starts[day]) for day in days if starts[day]}
    )


def plan(session: Session, wish: DayWish, own: Mapping[int, int], *, zone: ZoneInfo, now: datetime) -> PlannedDay:
    """Propose a day; `own` are admissions by slot id that the same browser holds and would give up for it."""
    first = wish.local_date - timedelta(days=DAYS_LOOKED_AT)
    last = wish.local_date + timedelta(days=DAYS_LOOKED_AT)
    wanted = [offers.get_experience(session, slug) for slug in wish.experiences]
    starts = _starts(session, wish.local_date, wish.local_date, zone=zone, now=now, own=own)
    prices = _prices(session, wanted, wish.local_date)
    not_for_party = tuple(each for each in wanted if prices[each.id] and not sold_to(wish.numbers, prices[each.id]))
    sold = {each.id: sold_to(wish.numbers, prices[each.id]) for each in wanted if each not in not_for_party}
    options = _options(sold, starts)
    proposals = day_plan.propose(options) if options else []
    found = tuple(_worded(proposal, starts, prices, wish.numbers) for proposal in proposals)
    if found or not options:
        return PlannedDay(found, None, not_for_party, None)
    about = _starts(session, first, last, zone=zone, now=now, own=own)
    other_day = _nearest(wish.local_date, sold, about)
    absent = frozenset(options) - {each.experience.id for each in starts}
    return PlannedDay((), day_plan.obstacle(options), not_for_party, other_day, absent)


def take(
    session: Session,
    slot_uuids: Collection[str],
    numbers: Numbers,
    request_key: str,
    hold: Hold | None,
    *,
    now: datetime,
) -> Hold:
    """Take a proposed day, all or nothing: into a basket of its own, or into one, instead of what that has on the day.

    Raises what `holds.open_basket` and `hold_changes.choose` raise.
    """
    slots = offers.get_slots(session, slot_uuids)
    prices = offers.prices_of_visits(session, {(slot.experience_id, slot.local_date) for slot in slots})
    wants: Wants = {
        slot.uuid: sold_to(numbers, prices[slot.experience_id, slot.local_date]) or numbers for slot in slots
    }
    if hold is None:
        return holds.open_basket(session, BasketRequest(request_key, wants), now=now)
    days = {slot.local_date for slot in slots}
    given_up: Wants = {line.slot.uuid: {} for line in hold.lines if line.slot.local_date in days}
    hold_changes.choose(session, hold, {**given_up, **wants}, now=now)
    return hold


def sold_to(numbers: Numbers, prices: Sequence[PricedType]) -> dict[str, int]:
    """Return those of a party who get a ticket at these prices."""
    slugs = {priced.ticket_type.slug for priced in prices}
    return {slug: number for slug, number in numbers.items() if number and slug in slugs}


def price_of(numbers: Numbers, prices: Sequence[PricedType]) -> Money:
    """Add up what they pay."""
    units = {priced.ticket_type.slug: priced.price for priced in prices}
    currency = prices[0].price.currency if prices else "EUR"
    return total_of((units[slug] * number for slug, number in numbers.items()), currency)


def _starts(
    session: Session, first: date, last: date, *, zone: ZoneInfo, now: datetime, own: Mapping[int, int] | None = None
) -> list[NextStart]:
    """Read what starts on these days for visitors, with a browser's own places counted as free."""
    starts = availability.starts_between(session, KINDS, first, last, zone=zone, now=now)
    return [
        NextStart(each.experience, availability.with_places_back(each.slot, (own or {}).get(each.slot.id, 0)))
        for each in starts
        if each.experience.audience is Audience.VISITOR
    ]


def _prices(session: Session, wanted: Sequence[Experience], day: date) -> dict[int, list[PricedType]]:
    found = offers.prices_of_visits(session, {(each.id, day) for each in wanted})
    return {each.id: found[each.id, day] for each in wanted}


def _sitting(uuid: str, experience: Experience, slot: Slot | SlotView) -> Sitting:
    local_date = slot.local_date if isinstance(slot, Slot) else slot.starts_at_local.date()
    is_entry = experience.kind is ExperienceKind.ADMISSION
    return Sitting(uuid, experience.id, is_entry, local_date, slot.starts_at, slot.ends_at)


def _with_ways_out(hold: Hold, found: BasketClash, starts: Sequence[NextStart]) -> BasketClash:
    """Look for another time of either side; the visit itself moves only when what is beside it cannot."""
    ways = [way for slot in (found.second, found.first) if (way := _way_out(hold, slot, starts)) is not None]
    beside = [way for way in ways if way.instead_of.experience.kind is not ExperienceKind.ADMISSION]
    return BasketClash(found.clash, found.first, found.second, tuple(beside or ways))


def _way_out(hold: Hold, slot: Slot, starts: Sequence[NextStart]) -> WayOut | None:
    numbers = hold_lines.numbers_in(hold, slot.uuid)
    own = sittings_of(hold)
    party = Party(sum(numbers.values()), frozenset(line.slot_id for line in hold.lines))
    views = {each.slot.uuid: each for each in starts if each.experience.id == slot.experience_id}
    options = [_sitting(uuid, each.experience, each.slot) for uuid, each in views.items() if party.fits(each.slot)]
    others = [sitting for uuid, sitting in own.items() if uuid != slot.uuid]
    chosen = day_plan.next_that_suits(options, own[slot.uuid], others)
    return WayOut(slot, views[chosen.slot_uuid].slot, numbers) if chosen else None


def _offered(session: Session, hold: Hold, day: date, starts: Sequence[NextStart]) -> tuple[Offered, ...]:
    """List what of a day is not in the basket, has room for its party, and clashes with nothing in it."""
    own = {line.slot.experience_id for line in hold.lines if line.slot.local_date == day}
    has_entry = any(each.is_entry for each in sittings_of(hold).values() if each.local_date == day)
    others = {each.experience.id: each.experience for each in starts if each.experience.id not in own}
    if has_entry:
        others = {key: each for key, each in others.items() if each.kind is not ExperienceKind.ADMISSION}
    prices = _prices(session, list(others.values()), day)
    party, taken = hold_lines.party_of(hold), list(sittings_of(hold).values())
    found = []
    for key, experience in others.items():
        numbers = sold_to(party, prices[key])
        room = Party(sum(numbers.values()))
        free = [
            each.slot
            for each in starts
            if each.experience.id == key
            and room.fits(each.slot)
            and day_plan.suits(_sitting(each.slot.uuid, experience, each.slot), taken)
        ]
        if numbers and free:
            price = price_of(numbers, prices[key])
            found.append(Offered(experience, tuple(free[:MOST_STARTS]), numbers, price, len(numbers) == len(party)))
    return tuple(sorted(found, key=lambda each: (each.experience.position, each.experience.id)))


def _options(sold: Mapping[int, Numbers], starts: Sequence[NextStart]) -> dict[int, list[Sitting]]:
    """List the times with room for everybody who gets a ticket, by experience id."""
    return {
        key: [
            _sitting(each.slot.uuid, each.experience, each.slot)
            for each in starts
            if each.experience.id == key and numbers and Party(sum(numbers.values())).fits(each.slot)
        ]
        for key, numbers in sold.items()
    }


def _worded(
    proposal: Plan, starts: Sequence[NextStart], prices: Mapping[int, Sequence[PricedType]], party: Numbers
) -> tuple[Step, ...]:
    by_uuid = {each.slot.uuid: each for each in starts}
    steps = []
    for sitting in proposal:
        start, mine = by_uuid[sitting.slot_uuid], prices[sitting.experience_id]
        numbers = sold_to(party, mine)
        is_for_all = len(numbers) == sum(1 for number in party.values() if number)
        steps.append(Step(start.experience, start.slot, numbers, price_of(numbers, mine), is_for_all))
    return tuple(steps)


def _nearest(day: date, sold: Mapping[int, Numbers], starts: Sequence[NextStart]) -> date | None:
    """Find the nearest day that has a plan; of two as near, the later one."""
    days = sorted(
        {each.slot.starts_at_local.date() for each in starts} - {day}, key=lambda each: (abs(each - day), day - each)
    )
    for each in days:
        mine = [start for start in starts if start.slot.starts_at_local.date() == each]
        if day_plan.propose(_options(sold, mine)):
            return each
    return None
