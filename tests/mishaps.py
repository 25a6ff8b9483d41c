"""Addresses at which everything goes wrong, so that every page of misfortune can be looked at; only in tests."""

from __future__ import annotations

from flask import Flask, abort

from ticketing.foundation.errors import Expired
from ticketing.foundation.languages import LANGUAGES

STATUSES = (404, 410, 429, 500, 503)


def plant(app: Flask) -> None:
    """Let `/<language>/mishaps/<status>/` end in that status, as it would end by itself."""

    def mishap(language: str, status: int) -> str:
        if status == 500:
            raise RuntimeError("This page breaks on purpose.")
        if status == 410:
            raise Expired("What this page held is over.")
        abort(status)

    app.add_url_rule(f"/<any({', '.join(LANGUAGES)}):language>/mishaps/<int:status>/", "mishap", mishap)


def addresses(language: str) -> list[str]:
    """Return the addresses of all mishaps in a language."""
    return [f"/{language}/mishaps/{status}/" for status in STATUSES]
