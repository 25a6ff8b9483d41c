"""What managers know of days beforehand: holidays, events and what they expect of them, the weather."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.flow.day_types import WEATHER, Day, Sky
from ticketing.flow.forecast_models import DayInfluence, DayWeather, InfluenceKind
from ticketing.flow.report_shapes import every_day
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.database import insert_into
from ticketing.foundation.errors import InvalidInput

LONGEST_NAME, MOST_DAYS = 80, 100
LEAST_EFFECT, MOST_EFFECT = -90, 400


class InfluenceInvalid(InvalidInput):
    """A holiday or event that cannot be; `details["field"]` names what is wrong with it."""

    code = "influence_invalid"


@dataclass(frozen=True, slots=True)
class InfluenceWish:
    """What a manager writes down of days: first and last local date included; the effect of an event in percent."""

    kind: InfluenceKind
    name: str
    first: date
    last: date
    effect_percent: int | None = None


@dataclass(frozen=True)
class KnownDay:
    """What is known of a date, in words and in numbers."""

    day: Day
    influences: tuple[DayInfluence, ...]
    sky: Sky | None


def write_down(session: Session, wish: InfluenceWish, *, actor: Actor, now: datetime) -> DayInfluence:
    """Write down a holiday or an event; the very same again is already so. Raises InfluenceInvalid."""
    name = " ".join(wish.name.split())
    _require_possible(wish, name)
    effect = wish.effect_percent if wish.kind is InfluenceKind.EVENT else None
    values = {"kind": wish.kind, "name": name, "first_date": wish.first, "last_date": wish.last}
    new = insert_into(session, DayInfluence).values(**values, effect_percent=effect)
    new = new.on_conflict_do_nothing(index_elements=["kind", "first_date", "name"])
    made: DayInfluence | None = session.scalar(new.returning(DayInfluence))
    if made is None:
        return _found_alike(session, wish, name, effect)
    audit.record(session, "influence.noted", made, actor=actor, now=now, **_told(made))
    ask_anew(session, now=now)
    return made


def take_out(session: Session, influence_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a holiday or an event out again; what is not there any more is out already."""
    found = session.get(DayInfluence, influence_id)
    if found is None:
        return
    audit.record(session, "influence.taken_out", found, actor=actor, now=now, **_told(found))
    session.delete(found)
    ask_anew(session, now=now)


def note_weather(session: Session, skies: Mapping[date, Sky | None], *, actor: Actor, now: datetime) -> int:
    """Note the weather of dates, None where nobody can tell; return how many dates that changes."""
    if not skies:
        return 0
    held = {row.local_date: row for row in _weather_rows(session, min(skies), max(skies))}
    changed = 0
    for local_date, sky in skies.items():
        row = held.get(local_date)
        if (row.sky if row else None) == sky:
            continue
        changed += 1
        noted = row or _new_weather(session, local_date, sky)
        audit.record(session, "weather.noted", noted, actor=actor, now=now, local_date=local_date.isoformat(), sky=sky)
        if sky is None:
            session.delete(noted)
        else:
            noted.sky = sky
    if changed:
        ask_anew(session, now=now)
    return changed


def ask_anew(session: Session, *, now: datetime) -> None:
    """Ask for the forecast to be made anew with what is known now; once for all that is typed within a minute."""
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    jobs.enqueue(session, "make_forecast", f"forecast:{minute.isoformat()}", now=now, run_at=minute)


def influences_from(session: Session, first: date) -> list[DayInfluence]:
    """Load what is not over before a date, by its beginning."""
    question = select(DayInfluence).where(DayInfluence.last_date >= first)
    return list(session.scalars(question.order_by(DayInfluence.first_date, DayInfluence.kind, DayInfluence.name)))


def days_between(session: Session, first: date, last: date) -> dict[date, KnownDay]:
    """Return what is known of every date from one to another, both included."""
    rows = [each for each in influences_from(session, first) if each.first_date <= last]
    skies = {row.local_date: row.sky for row in _weather_rows(session, first, last)}
    return {
        local_date: _known(
            local_date, tuple(row for row in rows if row.first_date <= local_date <= row.last_date),
            skies.get(local_date),
        )
        for local_date in every_day(first, last)
    }  # fmt: skip


def _known(local_date: date, influences: tuple[DayInfluence, ...], sky: Sky | None) -> KnownDay:
    kinds = {each.kind for each in influences}
    rain, sun = WEATHER[sky] if sky else (None, None)
    effect = sum(math.log1p(each.effect_percent / 100) for each in influences if each.effect_percent)
    day = Day(
        local_date, InfluenceKind.SCHOOL_HOLIDAY in kinds, InfluenceKind.PUBLIC_HOLIDAY in kinds, effect, rain, sun
    )
    return KnownDay(day, influences, sky)


def _found_alike(session: Session, wish: InfluenceWish, name: str, effect_percent: int | None) -> DayInfluence:
    """Return what stands under this kind, first day and name, if it is the very same. Raises InfluenceInvalid."""
    same = (DayInfluence.kind == wish.kind, DayInfluence.first_date == wish.first, DayInfluence.name == name)
    found = session.scalars(select(DayInfluence).where(*same)).one()
    if (found.last_date, found.effect_percent) != (wish.last, effect_percent):
        raise InfluenceInvalid("This begins on that day already.", field="name", why="name_taken")
    return found


def _new_weather(session: Session, local_date: date, sky: Sky | None) -> DayWeather:
    """Begin a row for a date; two who note the same day at once share it."""
    new = insert_into(session, DayWeather).values(local_date=local_date, sky=sky)
    new = new.on_conflict_do_update(index_elements=["local_date"], set_={"sky": sky})
    return session.scalars(new.returning(DayWeather), execution_options={"populate_existing": True}).one()


def _weather_rows(session: Session, first: date, last: date) -> list[DayWeather]:
    return list(session.scalars(select(DayWeather).where(DayWeather.local_date.between(first, last))))


def _require_possible(wish: InfluenceWish, name: str) -> None:
    if not name:
        raise InfluenceInvalid("Give it a name.", field="name", why="missing")
    if len(name) > LONGEST_NAME:
        raise InfluenceInvalid("Keep the name short.", field="name", why="too_long", most=LONGEST_NAME)
    if wish.last < wish.first:
        raise InfluenceInvalid("Let it end after it begins.", field="last", why="ends_before")
    if (wish.last - wish.first).days >= MOST_DAYS:
        raise InfluenceInvalid("That is too long.", field="last", why="days", most=MOST_DAYS)
    if wish.kind is InfluenceKind.EVENT:
        effect = wish.effect_percent
        if not effect or not LEAST_EFFECT <= effect <= MOST_EFFECT:
            raise InfluenceInvalid(
                "Say by how many percent more, or fewer, will come.", field="effect", why="effect",
                least=LEAST_EFFECT, most=MOST_EFFECT,
            )  # fmt: skip


def _told(influence: DayInfluence) -> dict[str, object]:
    return {
        "kind": influence.kind, "name": influence.name, "first_date": influence.first_date.isoformat(),
        "last_date": influence.last_date.isoformat(), "effect_percent": influence.effect_percent,
    }  # fmt: skip
