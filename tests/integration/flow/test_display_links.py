"""Links that open the display on a wall: a secret of which we keep the digest, until it is revoked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests import make
from ticketing.flow import display_links
from ticketing.flow.display_links import DisplayLinkInvalid, DisplayLinkNotFound
from ticketing.flow.models import DisplayLink
from ticketing.foundation.actors import staff
from ticketing.foundation.audit import AuditEntry

MO = staff(1, "Mo Manager")


def test_a_link_opens_until_it_is_revoked(session) -> None:
    link, secret = display_links.make(session, "  Hall,  left ", actor=MO, now=make.NOON)
    display_links.require_open(session, secret)
    kept = session.scalars(select(DisplayLink)).one()

    assert kept.name == "Hall, left"
    assert secret not in (kept.secret_digest, kept.name)
    for _ in range(2):
        display_links.revoke(session, link.id, actor=MO, now=make.NOON)
    assert display_links.list_links(session) == []
    told = session.scalars(select(AuditEntry.code).where(AuditEntry.subject == "display_links")).all()
    assert told == ["display_link.made", "display_link.revoked"]
    for wrong in (secret, secret.upper(), ""):
        with pytest.raises(DisplayLinkNotFound):
            display_links.require_open(session, wrong)


@pytest.mark.one_engine
def test_a_link_has_a_name_and_there_are_not_endlessly_many(session) -> None:
    for name in ("", " ", "x" * 81):
        with pytest.raises(DisplayLinkInvalid):
            display_links.make(session, name, actor=MO, now=make.NOON)
    for number in range(display_links.MOST_LINKS):
        display_links.make(session, f"Screen {number}", actor=MO, now=make.NOON)

    with pytest.raises(DisplayLinkInvalid) as refused:
        display_links.make(session, "One more", actor=MO, now=make.NOON)
    assert refused.value.details["why"] == "too_many"
    with pytest.raises(DisplayLinkNotFound):
        display_links.revoke(session, 4711, actor=MO, now=make.NOON)
