"""Menus: an ordered row of links for each audience, and one at the foot of every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.content.models import MenuVersion
from ticketing.content.page_list import TICKETS
from ticketing.content.pages import VersionState
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput, NotFound

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


class MenuNotFound(NotFound):
    """There is no menu, or no version of it, of this name."""

    code = "menu_not_found"


class MenuMovedOn(Conflict):
    """Somebody else has changed this menu since it was opened here."""

    code = "menu_moved_on"


@dataclass(frozen=True, slots=True)
class MenuTold:
    """A version of a menu as its history tells it; number 0 is the menu an installation starts with."""

    number: int
    targets: tuple[str, ...]
    state: VersionState
    shows_from: datetime | None
    author: str


def shown_menus(session: Session, *, now: datetime) -> dict[str, tuple[str, ...]]:
    """Return the links of every menu as visitors see them now."""
    menus = dict(SHIPPED_MENUS)
    begun = select(MenuVersion).where(MenuVersion.shows_from <= now, MenuVersion.withdrawn_at.is_(None))
    for version in session.scalars(begun.order_by(MenuVersion.shows_from, MenuVersion.number)):
        menus[version.menu] = tuple(version.targets)
    return menus


def history(session: Session, menu: str, *, now: datetime) -> list[MenuTold]:
    """Return every version of a menu, the newest first, the shipped one last. Raises MenuNotFound."""
    _require_menu(menu)
    rows = session.scalars(select(MenuVersion).where(MenuVersion.menu == menu).order_by(MenuVersion.number.desc()))
    versions = list(rows)
    begun = [row for row in versions if row.withdrawn_at is None and row.shows_from <= now]
    shown = max(begun, key=lambda row: (row.shows_from, row.number), default=None)
    told = [
        MenuTold(row.number, tuple(row.targets), _state_of(row, shown, now), row.shows_from, row.author)
        for row in versions
    ]
    state = VersionState.PAST if shown else VersionState.SHOWN
    return [*told, MenuTold(0, SHIPPED_MENUS[menu], state, None, "")]


def get_version(versions: list[MenuTold], number: int) -> MenuTold:
    """Return one version of a menu's history. Raises MenuNotFound."""
    for version in versions:
        if version.number == number:
            return version
    raise MenuNotFound("There is no such menu.")


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
    """Show these links from an instant on, or from now. Raises MenuNotFound, MenuInvalid, MenuMovedOn.

    The caller has checked that every target leads somewhere.
    """
    _require_menu(menu)
    if not targets or len(targets) > MOST_LINKS or len(set(targets)) < len(targets):
        raise MenuInvalid("Give between one and 24 links, each once.", field="targets", why="links", most=MOST_LINKS)
    if shows_from is not None and shows_from <= now:
        raise MenuInvalid("Choose a time that is still to come.", field="shows_from", why="past")
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


def withdraw(session: Session, menu: str, number: int, *, actor: Actor, now: datetime) -> None:
    """Take back what is scheduled, a second time without effect. Raises MenuNotFound, MenuMovedOn."""
    version = session.scalars(
        select(MenuVersion).where(MenuVersion.menu == menu, MenuVersion.number == number)
    ).one_or_none()
    if version is None:
        raise MenuNotFound("There is no such menu.")
    if version.withdrawn_at is not None:
        return
    if version.shows_from <= now:
        raise MenuMovedOn("Visitors see this menu already. Save another one instead.")
    moved = session.execute(
        update(MenuVersion)
        .where(MenuVersion.id == version.id, MenuVersion.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    if moved.rowcount:  # type: ignore[attr-defined]
        audit.record(session, "menu.withdrawn", version, actor=actor, now=now, menu=menu, number=number)


def _require_menu(menu: str) -> None:
    if menu not in SHIPPED_MENUS:
        raise MenuNotFound("There is no such menu.")


def _state_of(row: MenuVersion, shown: MenuVersion | None, now: datetime) -> VersionState:
    if row.withdrawn_at is not None:
        return VersionState.WITHDRAWN
    if row.shows_from > now:
        return VersionState.SCHEDULED
    return VersionState.SHOWN if row is shown else VersionState.PAST


def _moved_on() -> MenuMovedOn:
    return MenuMovedOn("Somebody changed this menu while you were at it. Look at it again.")
