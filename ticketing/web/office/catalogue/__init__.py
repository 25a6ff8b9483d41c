"""The catalogue in the office: experiences, ticket types, prices, opening hours, timetable, slots."""

from __future__ import annotations

from flask import Blueprint

from ticketing.web.office.catalogue import (
    bulk,
    experiences,
    front,
    opening,
    prices,
    slots,
    ticket_types,
    timetable,
)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    for part in (front, experiences, ticket_types, prices, opening, timetable, slots, bulk):
        part.add_to(blueprint)
