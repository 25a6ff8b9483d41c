"""What reports, their columns and the words in them are called, and how a cell is written, in each language."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ticketing.flow.report_models import ReportName
from ticketing.flow.report_shapes import Beside, Cell, Column, Counted, Kind, Report
from ticketing.flow.sold import LEADS
from ticketing.foundation.languages import pick, translations
from ticketing.foundation.money import Money
from ticketing.foundation.wording import (
    clock_words,
    money_words,
    month_words,
    number_words,
    percent_words,
    short_day_words,
)
from ticketing.sales.models import Channel, RefundWay

NOTHING = "–"


@functools.cache
def titles(language: str) -> Mapping[ReportName, str]:
    """Return what the reports are called."""
    say = translations(language).ugettext
    return {
        ReportName.SALES: say("Sales"),
        ReportName.VAT: say("VAT"),
        ReportName.CHANNELS: say("Channels"),
        ReportName.LEAD_TIME: say("Days ahead"),
        ReportName.ATTENDANCE: say("Attendance"),
        ReportName.NO_SHOWS: say("No-shows"),
        ReportName.REFUNDS: say("Refunds"),
        ReportName.CLOSURES: say("Cost of closures"),
    }


@functools.cache
def summaries(language: str) -> Mapping[ReportName, str]:
    """Return what each report tells, in a sentence."""
    say = translations(language).ugettext
    return {
        ReportName.SALES: say("Tickets and money by experience and ticket type."),
        ReportName.VAT: say("Revenue and VAT by month, class and rate, for your return."),
        ReportName.CHANNELS: say("Where orders are made: online, at the desk, by command."),
        ReportName.LEAD_TIME: say("How many days before the visit tickets are bought."),
        ReportName.ATTENDANCE: say("Who booked and who came, day by day; month by month over more than two months."),
        ReportName.NO_SHOWS: say("Who booked and stayed away, and how sure that share is."),
        ReportName.REFUNDS: say("What went back, how and why."),
        ReportName.CLOSURES: say("What was cancelled and moved because of each closure."),
    }


@functools.cache
def labels(language: str) -> Mapping[str, str]:
    """Return what the columns are called, by their keys."""
    say = translations(language).ugettext
    return {
        "experience": say("Experience"), "ticket_type": say("Ticket type"), "bought": say("Bought"),
        "moved_here": say("Moved here"), "ended": say("Tickets ended"), "list_price": say("At list price"),
        "discounts": say("Discounts"), "ended_value": say("Cancelled, moved"), "revenue": say("Revenue"),
        "month": say("Month"), "vat_class": say("Class"), "rate": say("Rate"), "fees": say("Fees"),
        "goodwill": say("Given freely"), "disputes": say("Disputes"), "vat": say("VAT"), "net": say("Without VAT"),
        "channel": say("Channel"), "orders": say("Orders"), "tickets": say("Tickets"), "share": say("Share"),
        "average_order": say("Average order"), "days_ahead": say("Days ahead"), "paid": say("Paid"),
        "day": say("Day"), "slots": say("Slots"), "capacity": say("Places"), "booked": say("Booked"),
        "admitted": say("Came"), "pending": say("Still to come"), "no_shows": say("No-shows"), "void": say("Void"),
        "show_rate": say("Show rate"), "fill": say("Filled"), "no_show_rate": say("No-show rate"),
        "rate_from": say("from"), "rate_to": say("up to"), "kept": say("Kept of it"), "way": say("Way"),
        "reason": say("Reason"), "refunds": say("Refunds"), "amount": say("Amount"), "failed": say("Failed"),
        "gone": say("Gone"), "begins": say("From"), "ends": say("Until"), "cancelled": say("Cancelled"),
        "cancelled_value": say("Their value"), "moved": say("Moved"), "moved_value": say("Value moved"),
        "still_valid": say("Still valid"),
    }  # fmt: skip


@functools.cache
def definitions(language: str) -> Mapping[str, str]:
    """Return what each figure means, by the keys of the columns; what needs no explanation has none."""
    say = translations(language).ugettext
    return {
        "bought": say("Tickets in orders paid in these days, and tickets added to orders."),
        "moved_here": say("Tickets that began by a move from another time."),
        "ended": say("Tickets cancelled, or moved away to another time."),
        "list_price": say("What the tickets that began would have cost without any discount."),
        "discounts": say("What bundles and promotion codes took off."),
        "ended_value": say("What the tickets that ended had cost."),
        "revenue": say("What is left, VAT included; the same as in the accounts of these days."),
        "fees": say("Kept for changes."),
        "goodwill": say("Given back though the tickets stand."),
        "disputes": say("Taken back by banks."),
        "vat": say("The VAT in the revenue, as it was fixed order by order."),
        "net": say("The revenue less its VAT."),
        "orders": say("Orders paid in these days."),
        "tickets": say("Tickets bought in these days; one that is moved counts once."),
        "share": say("The part of all tickets."),
        "average_order": say("What an order cost when it was made, on average."),
        "days_ahead": say("From the day of the sale to the day of the visit."),
        "paid": say("What the tickets cost when they were bought."),
        "slots": say("Slots that were offered."),
        "capacity": say("Admissions these slots may hold."),
        "booked": say("Admissions of tickets that are valid, whenever they were sold."),
        "admitted": say("Admissions let in at the door."),
        "pending": say("Booked, not here yet, and the door is still open for them."),
        "no_shows": say("Booked, did not come, and cannot any more."),
        "void": say("Admissions of tickets that were cancelled or moved away."),
        "show_rate": say("Came, of the booked whose door has closed."),
        "fill": say("Booked, of the places."),
        "no_show_rate": say("No-shows, of the booked whose door has closed."),
        "rate_from": say("The true rate lies between these two, with a certainty of 95 in 100 (Wilson)."),
        "kept": say("What those who did not come had paid."),
        "refunds": say("Refunds asked for in these days."),
        "amount": say("What was asked to go back in these days."),
        "failed": say("Refunds that failed in these days: the money is here again."),
        "gone": say("The amount less what failed."),
        "cancelled": say("Tickets for closed slots, cancelled since the closure was decided."),
        "cancelled_value": say("What these tickets had cost."),
        "moved": say("Tickets for closed slots, moved to another time since the closure was decided."),
        "moved_value": say("What the moved tickets had cost; it stays in the house."),
        "still_valid": say("Admissions for closed slots that nobody has cancelled, moved or used yet."),
    }


def counted(report: Report, language: str) -> str:
    """Say how much a report has counted."""
    ngettext = translations(language).ungettext
    number = report.counted
    said = {
        Counted.TICKETS: ngettext("%(number)s ticket", "%(number)s tickets", number),
        Counted.ORDERS: ngettext("%(number)s order", "%(number)s orders", number),
        Counted.VISITORS: ngettext("%(number)s admission", "%(number)s admissions", number),
        Counted.REFUNDS: ngettext("%(number)s refund", "%(number)s refunds", number),
        Counted.CLOSURES: ngettext("%(number)s closure", "%(number)s closures", number),
    }[report.counted_what]
    return said % {"number": number_words(number, language)}


def written(column: Column, cell: Cell, language: str, zone: ZoneInfo) -> str:
    """Write a cell for people."""
    if column.kind is Kind.RATE and cell is None:
        return translations(language).ugettext("exempt")
    if cell is None:
        return NOTHING
    if isinstance(cell, StrEnum):
        return _word(cell, language)
    if isinstance(cell, int):
        return _number(column.kind, cell, language)
    if isinstance(cell, datetime):
        local = cell.astimezone(zone)
        return f"{short_day_words(local.date(), language)} {local.year}, {clock_words(local, language)}"
    if isinstance(cell, date):
        return month_words(cell, language) if column.kind is Kind.MONTH else short_day_words(cell, language)
    return cell if isinstance(cell, str) else pick(cell, language)


def _number(kind: Kind, number: int, language: str) -> str:
    if kind is Kind.CENTS:
        return money_words(Money(number), language)
    if kind in (Kind.SHARE, Kind.RATE):
        return percent_words(number if kind is Kind.RATE else _tenths(number), language)
    return _stretch(number, language) if kind is Kind.STRETCH else number_words(number, language)


def _tenths(share: int) -> int:
    """Round basis points to tenths of a per cent, half up: more is not known."""
    return (share + 5) // 10 * 10


def _stretch(first: int, language: str) -> str:
    say = translations(language).ugettext
    later = next((lead for lead in LEADS if lead > first), None)
    if first == 0:
        return say("the same day")
    if later is None:
        return say("%(first)s or more") % {"first": first}
    return str(first) if later == first + 1 else f"{first}–{later - 1}"


def _word(word: StrEnum, language: str) -> str:
    return _words(language).get(word, word.value)


@functools.cache
def _words(language: str) -> Mapping[StrEnum, str]:
    say = translations(language).ugettext
    return {
        Channel.ONLINE: say("Online"), Channel.DESK: say("Desk"), Channel.OPERATOR: say("By command"),
        Channel.RESELLER: say("Resellers"), RefundWay.ACCOUNT: say("Reseller’s account"),
        RefundWay.PROVIDER: say("Over the provider"), RefundWay.CASH: say("Cash"),
        RefundWay.GIFT_CARD: say("Gift card"),
        RefundWay.TRANSFER: say("Bank transfer by us"), RefundWay.DISPUTE: say("Taken by a bank"),
        Beside.FEES: say("Fees kept for changes"), Beside.GOODWILL: say("Given back freely"),
        Beside.DISPUTES: say("Taken back by banks"), Beside.WHOLE_CENTRE: say("The whole centre"),
        Beside.OTHER_REASONS: say("other reasons"),
    }  # fmt: skip
