"""Words the day's programme for its printed page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ticketing.catalogue.availability import NextStart, SlotMark
from ticketing.catalogue.models import ExperienceKind
from ticketing.catalogue.opening_days import DayShown
from ticketing.content import drawings
from ticketing.content.programme_sheet import BAND_MM, ProgrammeLabels, ProgrammeLine, ProgrammeSheet
from ticketing.foundation.languages import pick
from ticketing.foundation.paper import WIDTH_MM
from ticketing.foundation.wording import clock_words, day_and_year_words
from ticketing.web import edge
from ticketing.web.pages import N_, ngettext
from ticketing.web.pages import gettext as _

DRAWING = "lissajous"  # the programme's; each day swings in its own phase
KINDS = {ExperienceKind.SHOW: N_("Science show"), ExperienceKind.WORKSHOP: N_("Workshop")}


def sheet_of(
    shown: DayShown, parts: Sequence[tuple[datetime, datetime]], starts: Sequence[NextStart], address: str
) -> ProgrammeSheet:
    """Word a day: its hours, why it is closed if it is, and every start; `address` is where news of it stands."""
    language = edge.language()
    day_words = day_and_year_words(shown.local_date, language)
    return ProgrammeSheet(
        centre_name=edge.services().settings.centre_name,
        day_words=day_words[0].upper() + day_words[1:],
        hours_words=_hours_words(parts),
        closure_reason=pick(shown.reasons, language),
        lines=() if shown.is_closed else tuple(_line_of(start) for start in starts),
        drawing=drawings.shapes(DRAWING, shown.local_date.toordinal(), WIDTH_MM, BAND_MM),
        labels=ProgrammeLabels(
            title=_("Shows and workshops of the day"),
            notes=_("Room for notes"),
            nothing=_("No shows or workshops are planned on this day."),
            more=_("… and %(number)s more: look at our site."),
            foot=_("Changes are told here: %(address)s", address=address),
        ),
        language=language,
    )


def _hours_words(parts: Sequence[tuple[datetime, datetime]]) -> str:
    if not parts:
        return _("Closed on this day")
    spans = [_("%(opens)s to %(closes)s", opens=_clock(begin), closes=_clock(end)) for begin, end in parts]
    return _("Open: %(hours)s", hours=", ".join(spans))


def _line_of(start: NextStart) -> ProgrammeLine:
    slot, language = start.slot, edge.language()
    minutes = int((slot.ends_at - slot.starts_at).total_seconds() // 60)
    kind = _(KINDS[start.experience.kind])
    return ProgrammeLine(
        time_words=_clock(slot.starts_at),
        name=pick(start.experience.names, language),
        about=f"{kind}, {ngettext('%(num)s minute', '%(num)s minutes', minutes)}",
        remark=_("Does not take place: %(reason)s", reason=pick(slot.closed_reasons, language))
        if slot.mark is SlotMark.CLOSED
        else "",
    )


def _clock(instant: datetime) -> str:
    return clock_words(edge.local(instant), edge.language())
