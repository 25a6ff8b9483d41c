"""The reports there are: each a function of a span of days, the same for page, file and mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ticketing.flow import report_losses, report_sales, report_visits
from ticketing.flow.report_models import Basis, ReportName
from ticketing.flow.report_shapes import Report, Span
from ticketing.foundation.errors import NotFound
from ticketing.sales import accounts

MAKERS: Mapping[ReportName, Callable[[Session, Span], Report]] = {
    ReportName.SALES: report_sales.sales,
    ReportName.VAT: report_sales.vat,
    ReportName.CHANNELS: report_sales.channels,
    ReportName.LEAD_TIME: report_sales.lead_time,
    ReportName.ATTENDANCE: report_visits.attendance,
    ReportName.NO_SHOWS: report_visits.no_shows,
    ReportName.REFUNDS: report_losses.refunds,
    ReportName.CLOSURES: report_losses.closures,
}
BASES: Mapping[ReportName, Basis] = {
    **dict.fromkeys(ReportName, Basis.SALE),
    **dict.fromkeys((ReportName.ATTENDANCE, ReportName.NO_SHOWS, ReportName.CLOSURES), Basis.VISIT),
}


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report_not_found"


def get_name(word: str) -> ReportName:
    """Return the report an address names. Raises ReportNotFound."""
    try:
        return ReportName(word)
    except ValueError as error:
        raise ReportNotFound("There is no such report. Choose one of the list.") from error


def span_of(first: date, last: date, *, zone: ZoneInfo, now: datetime) -> Span:
    """Return a span of a year at most. Raises SpanInvalid."""
    accounts.days_of(first, last)
    return Span(first, last, zone, now)


def make(session: Session, name: ReportName, span: Span) -> Report:
    """Make a report."""
    return MAKERS[name](session, span)
