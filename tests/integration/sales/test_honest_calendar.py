"""What the shop shows as free can be had: of a thousand slots with room for four, a thousand go into baskets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import insert

from tests import make
from ticketing.catalogue import room
from ticketing.catalogue.availability import SlotMark
from ticketing.catalogue.capacity import free_places
from ticketing.catalogue.models import Allocation, Slot, TicketType
from ticketing.catalogue.room import Party
from ticketing.foundation.identifiers import new_uuid
from ticketing.operations import invariants
from ticketing.sales import holds
from ticketing.sales.basket import MOST_TICKETS
from ticketing.sales.holds import BasketRequest

SHOWN, PARTY = 1000, Party(4)
MINUTE = timedelta(minutes=1)


def test_of_a_thousand_slots_shown_free_to_four_a_thousand_can_be_put_in_baskets(session, zone, now):
    experience = _open_a_season(session, now)
    last = now.date() + timedelta(days=60)
    spans = [room.slots_on(session, experience, now.date() + timedelta(days=day), PARTY, zone=zone, now=now)
             for day in range((last - now.date()).days)]  # fmt: skip
    slots = [slot for day in spans for slot in day]
    shown = [slot for slot in slots if slot.mark in (SlotMark.FREE, SlotMark.FEW)]
    left = free_places(session, [slot.id for slot in slots], now=now)

    assert len(shown) == SHOWN
    assert {slot.id for slot in shown} == {slot.id for slot in slots if left[slot.id] >= PARTY.admissions}
    for number, slot_uuids in enumerate(_in_baskets([slot.uuid for slot in shown])):
        wants = {uuid: {"adult": 4} for uuid in slot_uuids}
        holds.open_basket(session, BasketRequest(f"basket {number}", wants), now=now)
    left = free_places(session, [slot.id for slot in slots], now=now)
    assert min(left.values()) >= 0
    broken = {violation.id for violation in invariants.violations(session, now=now)}
    assert not broken & {"I01", "I40"}  # the places sold here have no orders


def _in_baskets(uuids: list[str]) -> Iterator[list[str]]:
    """Share the slots out, in any order, among as few baskets as the limit of one order allows."""
    each = MOST_TICKETS // PARTY.admissions
    mixed = random.Random(4).sample(uuids, len(uuids))
    yield from (mixed[begin : begin + each] for begin in range(0, len(mixed), each))


def _open_a_season(session, now) -> int:
    """Lay out slots of mixed sizes, sold, held and lapsed to different degrees, till a thousand have four places."""
    first = make.priced_slot(session, capacity=4, starts_at=now + timedelta(hours=1))
    for kind in session.query(TicketType):
        kind.max_per_order = MOST_TICKETS
    dice, slots, taken, free = random.Random(1000), [], [], 1
    while free < SHOWN:
        day, minute = divmod(len(slots), 40)
        starts_at = first.starts_at + timedelta(days=day) + (minute + 1) * 10 * MINUTE
        capacity = dice.choice([4, 5, 12, 80])
        slot_id = first.id + 1 + len(slots)
        slots.append({
            "id": slot_id, "uuid": new_uuid(), "experience_id": first.experience_id,
            "local_date": starts_at.astimezone(make.ZONE).date(), "starts_at": starts_at,
            "ends_at": starts_at + 60 * MINUTE, "admits_from": starts_at, "admits_until": starts_at + 30 * MINUTE,
            "capacity": capacity,
        })  # fmt: skip
        claimed = {
            "sold": dice.randint(0, capacity // 2),
            "held": dice.randint(0, capacity // 3),
            "lapsed": dice.randint(0, capacity // 3),
            "released": dice.randint(0, capacity),
        }
        expires = {"held": now + 15 * MINUTE, "lapsed": now - MINUTE}
        taken += [
            {"slot_id": slot_id, "holder": f"{kind} {slot_id}", "admissions": number, "expires_at": expires.get(kind),
             "state": "held" if kind == "lapsed" else kind}
            for kind, number in claimed.items() if number
        ]  # fmt: skip
        free += capacity - claimed["sold"] - claimed["held"] >= PARTY.admissions
    for table, rows in ((Slot, slots), (Allocation, taken)):
        session.connection().execute(insert(table.__table__), rows)
    return first.experience_id
