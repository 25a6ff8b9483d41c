"""What somebody typed into the editor of a page: read without judging, so that nothing of it can get lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ticketing.content import editing
from ticketing.content.page_texts import PageText
from ticketing.content.pages import Version

CORRECTION = "correction"
ACTS = ("draft", "show", "schedule")


@dataclass(frozen=True)
class Typed:
    """The fields of the form as they were sent, and which versions it was filled in on top of and beside."""

    text: PageText
    based_on: int
    opened: int | None
    beside: int | None
    is_correction: bool
    shows_from: str
    act: str

    @property
    def values(self) -> dict[str, str]:
        """The text's fields, to be shown in the form."""
        return {name: value or "" for name, value in asdict(self.text).items()}


def read(form: Mapping[str, str]) -> Typed:
    """Read the form; whatever is missing is empty."""
    title, menu_label, description, lead, body, picture_key = (
        form.get(name, "") for name in ("title", "menu_label", "description", "lead", "body", "picture_key")
    )
    text = editing.tidied(PageText(title, menu_label, description, lead, body, picture_key))
    act = form.get("act", "")
    return Typed(
        text,
        based_on=whole_number(form.get("based_on", "")) or 0,
        opened=whole_number(form.get("opened", "")),
        beside=whole_number(form.get("beside", "")),
        is_correction=form.get("change") == CORRECTION,
        shows_from=form.get("shows_from", ""),
        act=act if act in ACTS else "draft",
    )


def opened_as(text: PageText | None, based_on: int, opened: Version | None) -> Typed:
    """Fill the form with a text as it stands; empty for a language that has none."""
    return Typed(
        text or PageText("", "", "", "", ""),
        based_on=based_on,
        opened=opened.number if opened else None,
        beside=None,
        is_correction=False,
        shows_from="",
        act="draft",
    )


def whole_number(text: str) -> int | None:
    """Read a version's number; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
