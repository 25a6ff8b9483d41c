"""Who a visitor said they are: remembered in one cookie that holds that word and nothing else, so no banner is owed.

The choice is a service the visitor asked for (ePrivacy directive, article 5(3), second exemption).
"""

from __future__ import annotations

from typing import cast

from flask import Response, g, request

from ticketing.content.page_list import AUDIENCE_HOMES
from ticketing.web import edge

VISITOR, TEACHER, HOST = tuple(AUDIENCE_HOMES)
AUDIENCES = (VISITOR, TEACHER, HOST)
YEAR_SECONDS = 31_536_000


def chosen() -> str:
    """Return the audience this browser chose; visitor, when it never did."""
    if "audience" in g:
        return cast(str, g.audience)
    named = request.cookies.get(_cookie_name(), VISITOR)
    return named if named in AUDIENCES else VISITOR


def show_as(audience: str) -> None:
    """Let this one answer be as somebody else would see it: a preview."""
    g.audience = audience


def remember(response: Response, audience: str) -> None:
    """Let the browser remember a choice for a year; the visitor's offer needs no remembering."""
    is_production = edge.services().settings.is_production
    if audience == VISITOR:
        response.delete_cookie(_cookie_name(), secure=is_production, samesite="Lax")
    else:
        response.set_cookie(
            _cookie_name(), audience, max_age=YEAR_SECONDS, secure=is_production, httponly=True, samesite="Lax"
        )


def _cookie_name() -> str:
    return "__Host-audience" if edge.services().settings.is_production else "audience"
