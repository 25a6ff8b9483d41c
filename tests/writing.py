"""Texts to write pages with, and pictures to put on them."""

from __future__ import annotations

import io

from PIL import Image

from ticketing.content import editing, pages
from ticketing.content.editing import Writing
from ticketing.content.markup import References
from ticketing.content.page_texts import PageText
from ticketing.foundation.actors import staff
from ticketing.foundation.languages import LANGUAGES

EVA, TOM = staff(1, "Eva"), staff(2, "Tom")
KNOWN = ("prices", "mission", "tickets")
WHERE = References(lambda target: f"/x/{target}/" if target in KNOWN else None, lambda key: None)
ALTS = {language: f"A robot ({language})" for language in LANGUAGES}


def text(title="Missie", body="Nieuw.", **changes) -> PageText:
    return PageText(title, title[:32], "Waarom wij er zijn.", "Daarom.", body, **changes)


def newest(session, language="nl", slug="mission", now=None) -> int:
    return pages.newest_number(pages.history(session, slug, language, now=now))


def writing(session, now, language="nl", meaning=None, slug="mission", **changes) -> Writing:
    """A text on top of the newest version there is."""
    return Writing(slug, language, text(**changes), newest(session, language, slug, now), meaning)


def show(session, now, language="nl", meaning=None, slug="mission", **changes):
    return editing.show(session, writing(session, now, language, meaning, slug, **changes), WHERE, actor=EVA, now=now)


def schedule(session, now, shows_from, language="nl", meaning=None, **changes):
    wanted = writing(session, now, language, meaning, **changes)
    return editing.schedule(session, wanted, WHERE, shows_from=shows_from, actor=EVA, now=now)


def draft(session, now, language="nl", meaning=None, slug="mission", **changes):
    return editing.save_draft(session, writing(session, now, language, meaning, slug, **changes), actor=EVA, now=now)


def file(kind="JPEG", mode="RGB", size=(1200, 800), colour="teal", **options) -> bytes:
    """A picture as somebody uploads it."""
    made = Image.new("RGB", size, colour)
    made.paste("orange", (0, 0, size[0] // 2, size[1] // 2))  # the top left quarter tells which way is up
    content = io.BytesIO()
    made.convert(mode).save(content, kind, **options)
    return content.getvalue()
