"""Resellers' systems that ask at once: for the last place, and twice for the same thing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from tests import make
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.models import Allocation, TicketType
from ticketing.foundation.actors import system
from ticketing.foundation.identifiers import new_uuid
from ticketing.operations import invariants
from ticketing.sales import resales, resellers
from ticketing.sales.resales import ResaleRequest, Update, WantedUnit
from ticketing.sales.reseller_models import Resale
from ticketing.sales.resellers import Terms

ASKING, AT_ONCE = 64, 16
TEST = system("test")


def test_of_sixty_four_who_want_the_last_place_one_sells_it_and_a_request_sent_twice_is_one(own_database, now):
    with own_database.transaction() as session:
        slot = make.priced_slot(session, capacity=1)
        reseller = resellers.make(session, Terms("Tours", "An", "an@example.org", 1000), actor=TEST, now=now)
    uuids = [new_uuid() for _ in range(ASKING // 2)]

    def sell(uuid: str) -> str | None:
        try:
            with own_database.transaction() as session:
                adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
                wanted = ResaleRequest(uuid, slot.uuid, (WantedUnit(adult),))
                resales.start(session, reseller, wanted, actor=TEST, now=now)
            with own_database.transaction() as session:
                return resales.confirm(session, reseller.id, uuid, Update(), actor=TEST, now=now).reference
        except SlotFull:
            return None

    with ThreadPoolExecutor(AT_ONCE) as pool:  # each asks twice, side by side
        sold = list(pool.map(sell, [uuid for uuid in uuids for _ in range(2)]))

    assert len({reference for reference in sold if reference}) == 1
    assert sum(reference is not None for reference in sold) == 2  # the winner, and their own repetition
    with own_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Resale)) == 1
        assert session.scalar(select(func.sum(Allocation.admissions))) == 1
        assert invariants.violations(session, now=now) == []
