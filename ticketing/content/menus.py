"""Menus: an ordered row of links for each audience, and one at the foot of every page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.content.models import MenuVersion
from ticketing.content.page_list import TICKETS
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput

FOOT = "foot"
EXPERIENCE = "experience:"  # followed by the experience's slug
MOST_LINKS = 24

# What an installation starts with.
SHIPPED_MENUS: dict[str, tuple[str, ...]] = {
    "visitor": (
        TICKETS,
        "programme",
        "opening-hours",
        "prices",
        "plan-your-visit",
        "getting-here",
        "accessibility",
        "faq",
        "mission",
    ),
    "teacher": (
        "schools",
        TICKETS,
        "programme",
        "plan-your-visit",
        "getting-here",
        "accessibility",
        "opening-hours",
        "contact",
        "mission",
    ),
    "host": ("host-an-event", "getting-here", "accessibility", "opening-hours", "partners", "contact", "mission"),
    FOOT: (
        "opening-hours",
        "prices",
        "programme",
        "plan-your-visit",
        "getting-here",
        "accessibility",
        "schools",
        "host-an-event",
        "mission",
        "visitors",
        "society",
        "partners",
        "employees",
        "faq",
        "contact",
        "terms",
        "privacy",
        "accessibility-statement",
        "legal",
    ),
}


class MenuInvalid(InvalidInput):
    """A menu cannot be like this; `details["field"]` names where."""

    code = "menu_invalid"


class MenuMovedOn(Conflict):
    """Somebody else has changed this menu since it was opened here."""

    code = "menu_moved_on"


def shown_menus(session: Session, *, now: datetime) -> dict[str, tuple[str, ...]]:
    """Return the links of every menu as visitors see them now."""
    menus = dict(SHIPPED_MENUS)
    begun = select(MenuVersion).where(MenuVersion.shows_from <= now, MenuVersion.withdrawn_at.is_(None))
    for version in session.scalars(begun.order_by(MenuVersion.shows_from, MenuVersion.number)):
        menus[version.menu] = tuple(version.targets)
    return menus


def history(session: Session, menu: str) -> list[MenuVersion]:
    """Load every version of a menu, the newest first."""
    mine = select(MenuVersion).where(MenuVersion.menu == menu)
    return list(session.scalars(mine.order_by(MenuVersion.number.desc())))


def save(
    session: Session,
    menu: str,
    targets: list[str],
    *,
    based_on: int,
    shows_from: datetime | None,
    actor: Actor,
    now: datetime,
) -> MenuVersion:
    """Show these links from an instant on, or from now. Raises MenuInvalid, MenuMovedOn.

    The caller has checked that every target leads somewhere.
    """
    if menu not in SHIPPED_MENUS:
        raise MenuInvalid("There is no such menu.", field="menu")
    if not targets or len(targets) > MOST_LINKS or len(set(targets)) < len(targets):
        raise MenuInvalid("Give between one and 24 links, each once.", field="targets")
    if shows_from is not None and shows_from <= now:
        raise MenuInvalid("Choose a time that is still to come.", field="shows_from")
    newest = int(session.scalar(select(func.max(MenuVersion.number)).where(MenuVersion.menu == menu)) or 0)
    version = MenuVersion(
        menu=menu, number=newest + 1, targets=targets, shows_from=shows_from or now, created_at=now, author=actor.name
    )
    try:
        with session.begin_nested():
            if newest != based_on:
                raise _moved_on()
            session.add(version)
    except IntegrityError as error:
        raise _moved_on() from error
    audit.record(session, "menu.changed", version, actor=actor, now=now, menu=menu, number=version.number)
    return version


def withdraw(session: Session, version: MenuVersion, *, actor: Actor, now: datetime) -> None:
    """Take back what is scheduled; what is shown already stays until another is saved. Raises MenuMovedOn."""
    if version.withdrawn_at is not None:
        return
    if version.shows_from <= now:
        raise MenuMovedOn("Visitors see this menu already. Save another one instead.")
    version.withdrawn_at = now
    audit.record(session, "menu.withdrawn", version, actor=actor, now=now, menu=version.menu, number=version.number)


def _moved_on() -> MenuMovedOn:
    return MenuMovedOn("Somebody changed this menu while you were at it. Look at it again.")
