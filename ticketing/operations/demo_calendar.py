"""Flemish school holidays and Belgian public holidays by the rules they follow, for a demonstration. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONDAY, SATURDAY, SUNDAY = 0, 5, 6
NAMES = {
    2: "Krokusvakantie",
    3: "Paasvakantie",
    4: "Paasvakantie",
    7: "Zomervakantie",
    10: "Herfstvakantie",
    11: "Herfstvakantie",
    12: "Kerstvakantie",
}  # by the month in which they begin
FIXED_DAYS = {
    "Nieuwjaar": (1, 1),
    "Dag van de Arbeid": (5, 1),
    "Nationale feestdag": (7, 21),
    "O.L.V. Hemelvaart": (8, 15),
    "Allerheiligen": (11, 1),
    "Wapenstilstand": (11, 11),
    "Kerstmis": (12, 25),
}
DAYS_AFTER_EASTER = {"Paasmaandag": 1, "O.H. Hemelvaart": 39, "Pinkstermaandag": 50}


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A stretch of school holidays, first and last local date included."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """What it is called in Flanders."""
        return NAMES[self.first.month]

    def covers(self, local_date: date) -> bool:
        """Tell whether schools are closed on this date."""
        return self.first <= local_date <= self.last


def holidays_between(first: date, last: date) -> list[Holiday]:
    """Return the school holidays that touch these dates, in order (onderwijs.vlaanderen.be, schoolvakanties)."""
    years = range(first.year - 1, last.year + 1)  # Christmas holidays begin in the year before
    every = sorted(holiday for year in years for holiday in _holidays_of(year))
    return [holiday for holiday in every if holiday.first <= last and holiday.last >= first]


def terms_between(first: date, last: date) -> list[tuple[date, date]]:
    """Return the stretches of dates, first and last included, in which schools are open."""
    terms, begin = [], first
    for holiday in holidays_between(first, last):
        if begin < holiday.first:
            terms.append((begin, holiday.first - timedelta(days=1)))
        begin = holiday.last + timedelta(days=1)
    if begin <= last:
        terms.append((begin, last))
    return terms


def public_holidays_between(first: date, last: date) -> list[tuple[date, str]]:
    """Return the public holidays from one date to another, with what they are called (law of 4 January 1974)."""
    found = []
    for year in range(first.year, last.year + 1):
        easter = easter_of(year)
        found += [(date(year, *day), name) for name, day in FIXED_DAYS.items()]
        found += [(easter + timedelta(days=days), name) for name, days in DAYS_AFTER_EASTER.items()]
    return sorted((day, name) for day, name in found if first <= day <= last)


def easter_of(year: int) -> date:
    """Return the date of Easter Sunday (the anonymous Gregorian algorithm, Nature, 20 April 1876)."""
    golden = year % 19
    century, year_of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    leap_years, year_rest = divmod(year_of_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leap_years - epact - year_rest) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _holidays_of(year: int) -> Iterator[Holiday]:
    easter = easter_of(year)
    yield _weeks(easter - timedelta(days=48), 1)  # carnival: the week of Ash Wednesday
    yield _weeks(_easter_holidays_begin(easter), 2)
    yield Holiday(date(year, 7, 1), date(year, 8, 31))
    yield _weeks(_week_around(date(year, 11, 1), {SUNDAY}), 1)
    yield _weeks(_week_around(date(year, 12, 25), {SATURDAY, SUNDAY}), 2)


def _easter_holidays_begin(easter: date) -> date:
    if easter.month == 3:
        return easter + timedelta(days=1)
    if easter > date(easter.year, 4, 15):
        return easter - timedelta(days=13)
    return _monday_from(date(easter.year, 4, 1))


def _week_around(day: date, weekdays_moved_on: set[int]) -> date:
    """Return the Monday of the week of a day, or the next Monday when the day falls on one of these weekdays."""
    monday = day - timedelta(days=day.weekday())
    return monday + timedelta(days=7) if day.weekday() in weekdays_moved_on else monday


def _monday_from(day: date) -> date:
    return day + timedelta(days=(MONDAY - day.weekday()) % 7)


def _weeks(monday: date, weeks: int) -> Holiday:
    return Holiday(monday, monday + timedelta(days=7 * weeks - 1))
