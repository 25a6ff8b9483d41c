"""When what visitors read changes by itself: a text's time has come, an announcement's is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from ticketing.content.models import Announcement, MenuVersion, PageVersion
from ticketing.foundation.database import UTCDateTime

TURNING_POINTS = (
    (PageVersion.shows_from, PageVersion.withdrawn_at),
    (MenuVersion.shows_from, MenuVersion.withdrawn_at),
    (Announcement.shows_from, Announcement.withdrawn_at),
    (Announcement.shows_until, Announcement.withdrawn_at),
)


def next_change(session: Session, *, now: datetime) -> datetime | None:
    """Return the first instant after `now` at which something begins or ends to be shown, if any is planned."""
    planned = [
        select(func.min(moment).label("moment")).where(moment > now, withdrawn_at.is_(None))
        for moment, withdrawn_at in TURNING_POINTS
    ]
    coming = union_all(*planned).subquery()
    first: datetime | None = session.scalar(select(func.min(coming.c.moment, type_=UTCDateTime)))
    return first
