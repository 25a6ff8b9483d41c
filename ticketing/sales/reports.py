"""The provider's reports, each kept once by its id, in the transaction of the act it leads to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ticketing.foundation.database import insert_into
from ticketing.payments.provider import ProviderEvent
from ticketing.sales.provider_models import ProviderReport


def note(session: Session, event: ProviderEvent, *, now: datetime) -> bool:
    """Write down that a report came; False when it came before. Of two at once one waits."""
    written = session.execute(
        insert_into(session, ProviderReport)
        .values(event_id=event.id, kind=event.type, object_ref=event.object_ref, received_at=now, settled_at=now)
        .on_conflict_do_nothing(index_elements=["event_id"])
        .returning(ProviderReport.id)
    )
    return written.one_or_none() is not None
