"""What the states of texts are called, and the shape that says it too (static/css: .mark)."""

from __future__ import annotations

from ticketing.content.pages import LanguageState, VersionState
from ticketing.web.pages import N_

LANGUAGE_WORDS = {
    LanguageState.UP_TO_DATE: N_("up to date"),
    LanguageState.OUTDATED: N_("outdated"),
    LanguageState.MISSING: N_("missing"),
}
VERSION_WORDS = {
    VersionState.DRAFT: N_("draft"),
    VersionState.SCHEDULED: N_("scheduled"),
    VersionState.SHOWN: N_("shown"),
    VersionState.PAST: N_("shown before"),
    VersionState.WITHDRAWN: N_("taken back"),
}
NOTICES = {
    VersionState.DRAFT: N_("This is a draft. Visitors do not see it yet."),
    VersionState.SCHEDULED: N_("This text is scheduled. Visitors do not see it yet."),
    VersionState.SHOWN: N_("Visitors see this text now."),
    VersionState.PAST: N_("Visitors saw this text before. They see another one now."),
    VersionState.WITHDRAWN: N_("This text was taken back. Visitors do not see it."),
}
FIELD_WORDS = {
    "title": N_("Title"),
    "menu_label": N_("Name in menus"),
    "description": N_("Description for search engines"),
    "lead": N_("Sentence under the title"),
    "body": N_("Text"),
    "picture_key": N_("Picture"),
}
