"""Days, times and tickets that nobody can buy: one of every state, to show our components with."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import EmailField, StringField

from ticketing.catalogue.availability import DayMark, DayView, SlotMark, SlotView
from ticketing.foundation.languages import LANGUAGES, Texts
from ticketing.foundation.money import Money
from ticketing.web.pages import N_
from ticketing.web.pages import gettext as _

CODE = "FOYER2SPECIMEN2TICKET2CODE"
DAY_MARKS = (
    DayMark.PAST, DayMark.FREE, DayMark.FREE, DayMark.FEW, DayMark.FULL, DayMark.CLOSED, DayMark.NONE,
)  # fmt: skip
PLACES = {DayMark.FREE: 480, DayMark.FEW: 7}


class SpecimenForm(FlaskForm):
    """A form with a field that is right and one that is not."""

    name = StringField(N_("Name"))
    email = EmailField(N_("E-mail address"))


def form() -> SpecimenForm:
    """Return the form as it looks after a mistake."""
    filled = SpecimenForm(name="An Peeters", email="an.peeters@example", meta={"csrf": False})
    filled.email.errors = [_("Fill in your e-mail address: your tickets go there.")]
    return filled


def days(today: date) -> list[DayView]:
    """Return the days of next month, each of another mark than the day before."""
    first = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1)
    return [_day(first + timedelta(days=number), DAY_MARKS[number % 7]) for number in range((last - first).days)]


def slots(today: date, zone: ZoneInfo) -> list[SlotView]:
    """Return a slot of each mark, tomorrow from ten o'clock."""
    return [_slot(today + timedelta(days=1), 10 + number, mark, zone) for number, mark in enumerate(SlotMark)]


def ticket_type() -> Any:
    """Return a ticket type with a price."""
    kind = SimpleNamespace(slug="specimen", names=_said(_("Adult")), hints=_said(_("a hint")), max_per_order=20)
    return SimpleNamespace(ticket_type=kind, price=Money(1950))


def ticket(starts_at_local: datetime, state: str) -> Any:
    """Return a ticket in a state, as an order shows it."""
    experience = SimpleNamespace(names=_said(_("Visit")))
    line = SimpleNamespace(ticket_type_names=_said(_("Adult")), experience=experience, starts_at_local=starts_at_local)
    return SimpleNamespace(line=line, ticket=SimpleNamespace(code=CODE, state=SimpleNamespace(value=state), admitted=0))


def offer(drawing: str) -> Any:
    """Return something that can be attended."""
    return SimpleNamespace(names=_said(drawing), kind=SimpleNamespace(value="show"), drawing=drawing)


def _day(local_date: date, mark: DayMark) -> DayView:
    reasons = _said(_("Closed for repairs")) if mark is DayMark.CLOSED else {}
    free = PLACES.get(mark, 0)
    return DayView(local_date, mark, free, None, reasons, 6 if free else 0)


def _slot(local_date: date, hour: int, mark: SlotMark, zone: ZoneInfo) -> SlotView:
    starts_at = datetime.combine(local_date, time(hour), zone)
    ends_at = starts_at + timedelta(hours=1)
    free = {SlotMark.FREE: 42, SlotMark.FEW: 3}.get(mark, 0)
    reasons = _said(_("Closed for repairs")) if mark is SlotMark.CLOSED else {}
    return SlotView(
        "00000000-0000-0000-0000-000000000000", 0, starts_at, ends_at, ends_at, starts_at, ends_at, 80, free, mark,
        reasons,
    )  # fmt: skip


def _said(words: str) -> Texts:
    return dict.fromkeys(LANGUAGES, words)
