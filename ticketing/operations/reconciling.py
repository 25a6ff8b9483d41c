"""A day of the provider's account beside ours, object by object: what is open is settled, the rest written down.

With the provider's reports switched off this settles everything, through the same functions as they do. Twice is once.
The provider is listed first, then compared; no transaction is open while it is asked.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ticketing.bootstrap import Services
from ticketing.foundation.clock import day_bounds
from ticketing.foundation.money import Money
from ticketing.operations import payments
from ticketing.operations.payments import WORKER
from ticketing.payments.provider import (
    Checkout,
    DisputeReport,
    EntryKind,
    ProviderRefused,
    RefundReport,
    RefundReportState,
    Span,
)
from ticketing.sales import disputes, matching, provider_news
from ticketing.sales.findings import Found
from ticketing.sales.matching import HOUSE_CURRENCY, Sums
from ticketing.sales.models import Payment, Refund
from ticketing.sales.provider_models import FindingKind
from ticketing.sales.settlement import Outcome

log = logging.getLogger(__name__)

# A page made so long before may still have been paid in the span.
LONGEST_PAGE = timedelta(hours=24)
MOST_OPEN = 1000
SETTLED = (Outcome.CONFIRMED, Outcome.REFUNDED, Outcome.ENDED)


@dataclass
class DayTold:
    """What a day's reconciliation saw and did."""

    local_date: date
    sums: Sums = field(default_factory=Sums)
    refs: set[str] = field(default_factory=set)  # everything it looked at
    settled: int = 0


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """What a person has to look at."""

    kind: FindingKind
    ref: str
    amount: Money
    expected_cents: int | None


def reconcile_day(services: Services, local_date: date) -> DayTold:
    """Compare a local day, settle what is open, write down what cannot be matched. Raises ProviderUnreachable."""
    span = Span(*day_bounds(local_date, services.zone))
    told = DayTold(local_date)
    _settle_checkouts(services, span, told)
    _match_charges(services, span, told)
    _match_refunds(services, list(services.payments.list_refunds(span)), told, is_of_the_day=True)
    _match_disputes(services, span, told)
    _add_up_entries(services, span, told)
    _look_for_ours(services, span, told)
    with services.database.transaction() as session:
        matching.keep_day(session, services.payments.name, local_date, told.sums, now=services.clock.now())
    return told


def open_findings(services: Services, told: DayTold) -> list[OpenFinding]:
    """Return what of a day nobody has settled yet."""
    with services.database.reading() as session:
        return [
            OpenFinding(row.kind, row.object_ref, Money(row.amount_cents, row.currency), row.expected_cents)
            for row in matching.open_among(session, told.refs)
        ]


def _settle_checkouts(services: Services, span: Span, told: DayTold) -> None:
    """Settle every page of the span that does not stand as the provider says."""
    listed = list(services.payments.list_checkouts(Span(span.since - LONGEST_PAGE, span.until)))
    with services.database.reading() as session:
        known = matching.load_for_checkouts(session, listed)
    astray = {known[each.ref].id: each for each in listed if not matching.agrees(known.get(each.ref), each)}
    told.settled += payments.one_by_one("payment", astray, functools.partial(_settle, services))


def _settle(services: Services, checkout: Checkout) -> bool:
    return payments.settle_checkout(services, checkout, WORKER) in SETTLED


def _match_charges(services: Services, span: Span, told: DayTold) -> None:
    listed = list(services.payments.list_charges(span))
    with services.database.reading() as session:
        known = matching.load_for_charges(session, listed)
    found = []
    for charge in listed:
        payment = matching.payment_of(charge, known)
        found.append(matching.judge_charge(charge, payment))
        matching.count_charge(told.sums, charge, payment)
        told.refs |= {charge.ref, charge.intent_ref}
        if payment is not None and payment.method is None and charge.method:
            with services.database.transaction() as session:
                matching.note_method(session, payment.id, charge.method)
    _note(services, found)


def _match_refunds(services: Services, listed: list[RefundReport], told: DayTold, *, is_of_the_day: bool) -> None:
    """Bring refunds into line; those made on this day count in its sums."""
    with services.database.reading() as session:
        known = matching.load_for_refunds(session, listed)
    strange = [
        Found(each.ref, FindingKind.REFUND_UNKNOWN, each.amount)
        for each in listed
        if each.intent_ref not in known.by_ref and each.state is not RefundReportState.FAILED
    ]
    astray = [each for each in listed if not matching.refund_agrees(known.refunds.get(each.ref), each)]
    recorded = payments.one_by_one("refund", dict(enumerate(astray)), functools.partial(_record_refund, services))
    told.settled += recorded
    told.refs |= {each.ref for each in listed}
    if is_of_the_day:
        with services.database.reading() as session:
            known = matching.load_for_refunds(session, listed)
        for each in listed:
            matching.count_refund(told.sums, each, known.refunds.get(each.ref))
    _note(services, strange)


def _record_refund(services: Services, report: RefundReport) -> bool:
    with services.database.transaction() as session:
        recorded = provider_news.record_refund(session, report, actor=WORKER, now=services.clock.now())
    return recorded is not None


def _match_disputes(services: Services, span: Span, told: DayTold) -> None:
    """Bring the disputes of the span into line, and all of ours a bank has not decided."""
    listed = {each.ref: each for each in services.payments.list_disputes(span)}
    with services.database.reading() as session:
        waiting = disputes.list_open(session, limit=MOST_OPEN)
    for dispute in waiting:
        if dispute.provider_ref not in listed and dispute.payment.provider == services.payments.name:
            listed[dispute.provider_ref] = services.payments.get_dispute(dispute.provider_ref)
    payments.one_by_one("dispute", dict(enumerate(listed.values())), functools.partial(_record_dispute, services))
    told.refs |= set(listed)


def _record_dispute(services: Services, report: DisputeReport) -> bool:
    now = services.clock.now()
    with services.database.transaction() as session:
        recorded = provider_news.record_dispute(session, report, actor=WORKER, now=now)
        if recorded is None:
            matching.note_all(session, [Found(report.ref, FindingKind.DISPUTE_UNKNOWN, report.amount)], now=now)
    return recorded is not None


def _add_up_entries(services: Services, span: Span, told: DayTold) -> None:
    """Add up what the provider kept and banks took; a refund that a bank sent back later is asked about again."""
    sent_back = []
    for entry in services.payments.list_balance_entries(span):
        if entry.amount.currency != HOUSE_CURRENCY:
            continue
        told.sums.fees += entry.fee.cents - (entry.amount.cents if entry.kind is EntryKind.FEE else 0)
        if entry.kind is EntryKind.DISPUTE:
            told.sums.disputed -= entry.amount.cents
        if entry.kind is EntryKind.REFUND_FAILURE:
            sent_back.append(services.payments.get_refund(entry.source_ref))
    _match_refunds(services, sent_back, told, is_of_the_day=False)


def _look_for_ours(services: Services, span: Span, told: DayTold) -> None:
    """Ask about what succeeded with us and was not in the provider's lists: booked at midnight, or not there at all."""
    name = services.payments.name
    with services.database.reading() as session:
        paid = matching.find_own_payments(session, name, span)
        back = matching.find_own_refunds(session, name, span)
    missing = [_missing_payment(services, each) for each in paid if each.intent_ref not in told.refs]
    missing += [_missing_refund(services, each) for each in back if each.provider_ref not in told.refs]
    told.refs |= {each.ref for each in missing if each}
    _note(services, missing)


def _missing_payment(services: Services, payment: Payment) -> Found | None:
    amount = Money(payment.amount_cents, payment.currency)
    try:
        if services.payments.get_checkout(payment.provider_ref or "").is_paid:
            return None
    except ProviderRefused:
        log.warning("payment %s is unknown to the provider", payment.id)
    return Found(payment.key, FindingKind.NOT_AT_PROVIDER, Money(0, payment.currency), amount.cents, payment.order_id)


def _missing_refund(services: Services, refund: Refund) -> Found | None:
    try:
        services.payments.get_refund(refund.provider_ref or "")
    except ProviderRefused:
        nothing, order_id = Money(0, refund.currency), refund.payment.order_id
        return Found(refund.key, FindingKind.NOT_AT_PROVIDER, nothing, refund.amount_cents, order_id)
    return None


def _note(services: Services, found: Sequence[Found | None]) -> None:
    if any(found):
        with services.database.transaction() as session:
            matching.note_all(session, found, now=services.clock.now())
