"""A reseller of the demonstration, with one booking: made up, like the prices."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, Slot, TicketType
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.identifiers import new_uuid
from ticketing.sales import resales, resellers
from ticketing.sales.resales import ResaleRequest, Told, Update, WantedUnit
from ticketing.sales.resellers import Terms

TERMS = Terms("Dagje Uit", "Lies Wouters", "lies@dagje-uit.example", 1500)
VISITOR = {"fullName": "Kim Claes", "locales": ["nl"]}
DAYS_AHEAD = 10  # far enough for nobody to have come yet, and near enough to be seen in lists


def load(session: Session, *, zone: ZoneInfo, actor: Actor, now: datetime) -> None:
    """Let somebody sell for us, who sold a visit for two adults and a child."""
    reseller = resellers.make(session, TERMS, actor=actor, now=now)
    day = local_date_of(now, zone) + timedelta(days=DAYS_AHEAD)
    visits = select(Slot).join(Slot.experience).where(Experience.slug == "visit", Slot.local_date >= day)
    slot = session.scalars(visits.order_by(Slot.starts_at)).first()
    types = {each.slug: each for each in session.scalars(select(TicketType))}
    if slot is None:
        return
    units = tuple(WantedUnit(types[slug]) for slug in ("adult", "adult", "child"))
    wanted = ResaleRequest(new_uuid(), slot.uuid, units, Told("DU-1001", VISITOR))
    resale = resales.start(session, reseller, wanted, actor=actor, now=now)
    resales.confirm(session, reseller.id, resale.uuid, Update(), actor=actor, now=now)
