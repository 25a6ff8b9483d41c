"""Managers write down who tickets are for. A type that was ever sold stays; without a price it is sold no more."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue import companions, marks
from ticketing.catalogue.checking import (
    LONGEST_HINT,
    LONGEST_NAME,
    checked_slug,
    checked_texts,
    invalid,
    require_between,
    require_every_language,
)
from ticketing.catalogue.models import Audience, Price, TicketType
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import NotFound
from ticketing.foundation.identifiers import new_uuid

OLDEST, MOST_PER_ORDER, LAST_POSITION = 120, 500, 999


class TicketTypeNotFound(NotFound):
    """There is no such ticket type."""

    code = "ticket_type_not_found"


@dataclass(frozen=True, slots=True)
class TicketTypeSheet:
    """All that a manager says about a ticket type. Texts by language; ages in years, both included."""

    slug: str
    names: dict[str, str]
    hints: dict[str, str]
    audience: Audience
    min_age: int | None
    max_age: int | None
    max_per_order: int
    position: int
    comes_with: frozenset[str] = frozenset()  # slugs of those it may come along with; none: it comes alone


def all_ticket_types(session: Session) -> list[TicketType]:
    """Load every ticket type, in the order managers gave them."""
    return list(session.scalars(select(TicketType).order_by(TicketType.position, TicketType.id)))


def get_ticket_type(session: Session, slug: str) -> TicketType:
    """Load a ticket type; raises TicketTypeNotFound."""
    found = session.scalars(select(TicketType).where(TicketType.slug == slug)).one_or_none()
    if found is None:
        raise TicketTypeNotFound("There is no such ticket type.")
    return found


def create(session: Session, sheet: TicketTypeSheet, *, actor: Actor, now: datetime) -> TicketType:
    """Add a ticket type; it is sold as soon as it has a price. Raises CatalogueInvalid."""
    ticket_type = TicketType(uuid=new_uuid())
    accompanied = _accompanied(session, sheet)
    marks.write(session, ticket_type, _checked(sheet))
    companions.set_accompanied(session, ticket_type.id, accompanied)
    audit.record(session, "ticket_type.added", ticket_type, actor=actor, now=now, slug=ticket_type.slug)
    return ticket_type


def change(
    session: Session, slug: str, sheet: TicketTypeSheet, mark: str, *, actor: Actor, now: datetime
) -> TicketType:
    """Change a ticket type as it was when `mark` was taken; the same again changes nothing.

    Raises TicketTypeNotFound, CatalogueInvalid, CatalogueMovedOn.
    """
    ticket_type = get_ticket_type(session, slug)
    session.refresh(ticket_type, with_for_update={"key_share": True})
    values, accompanied = _checked(sheet), _accompanied(session, sheet)
    changed = marks.changed_fields(ticket_type, values)
    before = comes_with(session, ticket_type.id)
    if before != sheet.comes_with:
        changed["comes_with"] = [sorted(before), sorted(sheet.comes_with)]
    if not changed:
        return ticket_type
    marks.require_mark(session, ticket_type, mark)
    if "slug" in changed and _has_a_price(session, ticket_type.id):
        raise invalid("slug", "priced")
    marks.write(session, ticket_type, values)
    companions.set_accompanied(session, ticket_type.id, accompanied)
    audit.record(session, "ticket_type.changed", ticket_type, actor=actor, now=now, slug=ticket_type.slug, **changed)
    return ticket_type


def comes_with(session: Session, ticket_type_id: int) -> frozenset[str]:
    """Return the slugs of the ticket types that a type may come along with."""
    ids = companions.accompanied_types(session).get(ticket_type_id, frozenset())
    return frozenset(session.scalars(select(TicketType.slug).where(TicketType.id.in_(ids))))


def _accompanied(session: Session, sheet: TicketTypeSheet) -> frozenset[int]:
    """Return the ids of those a type may come along with; a companion comes with no other companion, nor with itself.

    Raises CatalogueInvalid.
    """
    found = frozenset(session.scalars(select(TicketType.id).where(TicketType.slug.in_(sheet.comes_with))))
    standing = companions.accompanied_types(session)
    is_accompanied = session.scalar(select(TicketType.id).where(TicketType.slug == sheet.slug)) in {
        accompanied for ids in standing.values() for accompanied in ids
    }
    is_own = sheet.slug.strip().lower() in sheet.comes_with
    is_companion_of_companions = bool(found) and (is_accompanied or not found.isdisjoint(standing))
    if len(found) < len(sheet.comes_with) or is_own or is_companion_of_companions:
        raise invalid("comes_with", "no_target")
    return found


def _has_a_price(session: Session, ticket_type_id: int) -> bool:
    # What was never priced was never sold; asking the orders themselves is not for this room.
    return session.scalar(select(Price.id).where(Price.ticket_type_id == ticket_type_id).limit(1)) is not None


def _checked(sheet: TicketTypeSheet) -> dict[str, Any]:
    """Return the columns a sheet fills. Raises CatalogueInvalid."""
    names = checked_texts(sheet.names, "names", most=LONGEST_NAME)
    hints = checked_texts(sheet.hints, "hints", most=LONGEST_HINT)
    require_every_language(names, "names")
    if any(hints.values()):
        require_every_language(hints, "hints", "hint_everywhere")
    for field, age in (("min_age", sheet.min_age), ("max_age", sheet.max_age)):
        if age is not None:
            require_between(age, field, 0, OLDEST)
    if sheet.min_age is not None and sheet.max_age is not None and sheet.max_age < sheet.min_age:
        raise invalid("max_age", "ages")
    require_between(sheet.max_per_order, "max_per_order", 1, MOST_PER_ORDER)
    require_between(sheet.position, "position", 0, LAST_POSITION)
    values = {name: value for name, value in asdict(sheet).items() if name != "comes_with"}
    return values | {"slug": checked_slug(sheet.slug), "names": names, "hints": hints}
