"""The demonstration centre, for an empty database."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience
from ticketing.operations import demo_catalogue


def load_demo(session: Session, *, zone: ZoneInfo, now: datetime) -> None:
    """Fill an empty database with a catalogue around today (the centre's zone); a filled one is left as it is."""
    if not session.scalar(select(exists().select_from(Experience))):
        demo_catalogue.load(session, zone=zone, now=now)
