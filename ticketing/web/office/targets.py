"""Where a menu or an announcement may lead: pages that exist, the shop, experiences that are listed."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.content.menus import EXPERIENCE
from ticketing.content.page_list import AUDIENCE_HOMES, PLANNED, TICKETS
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.languages import LANGUAGES
from ticketing.web import edge
from ticketing.web.site import words


@dataclass(frozen=True)
class Target:
    """Something to lead to: what a link says in each language, and the languages in which there is nothing."""

    name: str
    labels: dict[str, str]
    missing: tuple[str, ...]


class TargetInvalid(InvalidInput):
    """A link cannot lead there; `details["field"]` names where."""

    code = "target_invalid"


def target_of(name: str) -> Target:
    """Describe a target, also one that leads nowhere any more."""
    missing = tuple(language for language in LANGUAGES if words.address_of(name, language) is None)
    return Target(name, {language: words.label_of(name, language) or name for language in LANGUAGES}, missing)


def choices() -> list[Target]:
    """Return everything a link may lead to, by its name in the reader's language."""
    known = words.site_words()
    written = {slug for texts in known.texts.values() for slug in texts} - set(AUDIENCE_HOMES.values())
    ordered = [slug for slug in PLANNED if slug in written] + sorted(written - set(PLANNED))
    names = [TICKETS, *ordered, *(EXPERIENCE + slug for slug in known.experiences)]
    return sorted((target_of(name) for name in names), key=lambda target: target.labels[edge.language()].casefold())


def read_target(typed: str, field: str) -> str | None:
    """Return a target that was chosen, None for none. Raises TargetInvalid."""
    if not typed:
        return None
    if typed not in {target.name for target in choices()}:
        raise TargetInvalid("Choose one of the list.", field=field, why="no_target")
    return typed
