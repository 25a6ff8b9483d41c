"""Links that open the display on a wall, and nothing else, on a screen where nobody is signed in.

The secret in the address is the key; we keep its digest. A link shows no personal data, and a manager revokes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ticketing.flow.models import DisplayLink
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.identifiers import digest_of, new_secret

LONGEST_NAME, MOST_LINKS = 80, 20


class DisplayLinkInvalid(InvalidInput):
    """A link needs a name, and a house has not endlessly many screens; `details["why"]` says which."""

    code = "display_link_invalid"


class DisplayLinkNotFound(NotFound):
    """This link opens nothing: it never was one, or it was revoked."""

    code = "display_link_not_found"


def make(session: Session, name: str, *, actor: Actor, now: datetime) -> tuple[DisplayLink, str]:
    """Make a link for a screen; return it and its secret, shown this once. Raises DisplayLinkInvalid."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise DisplayLinkInvalid("Write where the screen hangs.", field="screen", why="name")
    if len(list_links(session)) >= MOST_LINKS:
        raise DisplayLinkInvalid("Revoke a link first.", field="screen", why="too_many")
    secret = new_secret()
    link = DisplayLink(name=name, secret_digest=digest_of(secret), made_by=actor.name, made_at=now)
    session.add(link)
    session.flush()
    audit.record(session, "display_link.made", link, actor=actor, now=now, name=name)
    return link, secret


def list_links(session: Session) -> Sequence[DisplayLink]:
    """Return the links that open something, in the order they were made."""
    return session.scalars(
        select(DisplayLink).where(DisplayLink.revoked_at.is_(None)).order_by(DisplayLink.id)
    ).all()  # fmt: skip


def revoke(session: Session, link_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a link open nothing any more; one that was revoked before stays so. Raises DisplayLinkNotFound."""
    link = session.get(DisplayLink, link_id)
    if link is None:
        raise DisplayLinkNotFound("There is no such link.")
    open_one = update(DisplayLink).where(DisplayLink.id == link_id, DisplayLink.revoked_at.is_(None))
    if session.execute(open_one.values(revoked_at=now).returning(DisplayLink.id)).one_or_none() is not None:
        audit.record(session, "display_link.revoked", link, actor=actor, now=now, name=link.name)


def require_open(session: Session, secret: str) -> None:
    """See that a secret opens the display. Raises DisplayLinkNotFound."""
    mine = select(DisplayLink.id).where(
        DisplayLink.secret_digest == digest_of(secret), DisplayLink.revoked_at.is_(None)
    )
    if session.scalar(mine) is None:
        raise DisplayLinkNotFound("This link opens nothing.")
