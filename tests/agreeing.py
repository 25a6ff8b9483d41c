"""What reports must agree with: the books of the same days, each other, and the single acts behind them."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.flow import facts, reports, tallying
from ticketing.flow.report_models import Basis, ReportName
from ticketing.flow.report_shapes import Report
from ticketing.sales.accounts import Accounts


def assert_reports_agree(services: Services, whole: Accounts, first: date, last: date) -> None:
    """Hold every report of money against the books: from the orders themselves, then from days that were added up."""
    with services.database.reading() as session:
        as_they_are = _told(session, services, whole, first, last)
    with services.database.transaction() as session:
        for day in whole.days:
            tallying.tally(session, Basis.SALE, day.day, zone=services.zone, began_at=services.clock.now())
        assert _told(session, services, whole, first, last) == as_they_are
        tallying.forget_all(session)


def _told(session: Session, services: Services, whole: Accounts, first: date, last: date) -> list[Report]:
    span = reports.span_of(first, last, zone=services.zone, now=services.clock.now())
    made = {name: reports.make(session, name, span) for name in MONEY}
    for name in (ReportName.SALES, ReportName.VAT, ReportName.CHANNELS):
        assert total(made[name], "revenue") == whole.total.gross == sum(column(made[name], "revenue"))
    assert total(made[ReportName.VAT], "vat") == whole.total.vat
    by_rate = zip(*(column(made[ReportName.VAT], key) for key in ("rate", "revenue", "vat")), strict=True)
    assert _added(by_rate) == _added((row.vat_bp, row.gross, row.vat) for row in whole.by_rate)
    of_channels = zip(
        column(made[ReportName.CHANNELS], "channel"), column(made[ReportName.CHANNELS], "revenue"), strict=True
    )
    assert _added((key, cents, 0) for key, cents in of_channels) == _added(
        (row.channel, row.gross, 0) for row in whole.by_rate
    )
    went = made[ReportName.REFUNDS]
    assert total(went, "amount") == sum(row.refunded + row.taken for row in whole.by_method)
    assert -total(went, "failed") == sum(row.sent_back for row in whole.by_method)
    bought = total(made[ReportName.SALES], "bought")
    assert bought == total(made[ReportName.LEAD_TIME], "tickets") == total(made[ReportName.CHANNELS], "tickets")
    _assert_acts(session, made, span)
    return list(made.values())


def _assert_acts(session: Session, made: dict[ReportName, Report], span: object) -> None:
    """The single acts add up to the report."""
    acts = facts.facts_of(session, ReportName.SALES, span)
    rows = [dict(zip([each.key for each in acts.columns], row, strict=True)) for row in acts.rows]
    assert sum(row["revenue"] for row in rows) == total(made[ReportName.SALES], "revenue")
    assert sum(row["vat"] for row in rows) == total(made[ReportName.VAT], "vat")
    sold = total(made[ReportName.SALES], "bought") + total(made[ReportName.SALES], "moved_here")
    assert sum(row["tickets"] or 0 for row in rows) == sold - total(made[ReportName.SALES], "ended")
    acts = facts.facts_of(session, ReportName.REFUNDS, span)
    place = [each.key for each in acts.columns].index("amount")
    assert sum(row[place] or 0 for row in acts.rows) == total(made[ReportName.REFUNDS], "amount")


MONEY = (ReportName.SALES, ReportName.VAT, ReportName.CHANNELS, ReportName.LEAD_TIME, ReportName.REFUNDS)


def total(report: Report, key: str) -> int:
    """Return the total of a column."""
    return report.totals[[each.key for each in report.columns].index(key)]


def column(report: Report, key: str) -> list:
    """Return the cells of a column."""
    place = [each.key for each in report.columns].index(key)
    return [row[place] for row in report.rows]


def _added(rows) -> dict[object, tuple[int, int]]:
    told: dict[object, tuple[int, int]] = {}
    for key, one, other in rows:
        before = told.get(key, (0, 0))
        told[key] = (before[0] + one, before[1] + other)
    return {key: sums for key, sums in told.items() if any(sums)}
