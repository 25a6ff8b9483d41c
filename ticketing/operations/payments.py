"""Acts that need the provider: write down the intent and commit, call the provider, write down the outcome.

Faces, worker and commands call these; no session is open while the provider is called. Every act may be done again
from its start: keys, conditional moves and the order's lock see to it. Failpoints mark where the power may fail.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from ticketing.bootstrap import Services
from ticketing.catalogue import capacity
from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import VISITOR, Actor, system
from ticketing.foundation.failpoints import reach
from ticketing.foundation.jobs import ClaimedJob
from ticketing.foundation.money import Money
from ticketing.payments.provider import (
    AlreadyRefunded,
    Checkout,
    CheckoutRequest,
    EventKind,
    PaymentDisputed,
    ProviderEvent,
    ProviderRefused,
    ProviderUnreachable,
    RefundReport,
    RefundReportState,
    RefundRequest,
    RefundTooLarge,
    UnknownReference,
)
from ticketing.sales import (
    change_payments,
    checkouts,
    holds,
    orders,
    provider_news,
    refunds,
    reports,
    settlement,
)
from ticketing.sales.models import Order, OrderLine, OrderState, Payment, Refund, RefundState
from ticketing.sales.settlement import Outcome

log = logging.getLogger(__name__)

PROVIDER = system("provider")
WORKER = system("worker")
# Younger attempts are probably still being typed at the provider.
SETTLE_AFTER = timedelta(minutes=2)
MOST_SILENCES = 3
UNKNOWN_REFUND = "the provider does not know this refund"
REFUSED_FOR_GOOD = (AlreadyRefunded, RefundTooLarge, PaymentDisputed)
# Why a refund waits when the provider gave no words of its own.
NO_ANSWER, NOT_TAKEN = "the provider does not answer", "the provider did not take this refund"
# What is written down with a refund that was refused for good.
REFUSED_BECAUSE = {
    AlreadyRefunded.code: "the provider has given everything back already",
    RefundTooLarge.code: "the provider has less left than that",
    PaymentDisputed.code: "the customer's bank disputes this payment",
}

Thing = TypeVar("Thing")


def start_checkout(services: Services, order_id: int) -> str | None:
    """Return the address to pay an order at; None when nothing is left to pay.

    An order that is free, or that a gift card pays whole, is confirmed here.

    Raises OrderExpired, HoldExpired, NotPayable, SlotFull, ProviderUnreachable, ProviderRefused.
    """
    now = services.clock.now()
    with services.database.transaction() as session:
        order = orders.lock_order(session, order_id)
        is_covered = order.state is OrderState.PENDING and settlement.left_to_pay(session, order) == 0
        if order.total_cents == 0 or is_covered:
            settlement.confirm_without_payment(session, order, actor=VISITOR, now=now)
            return None
        payment = settlement.prepare_payment(session, order_id, provider=services.payments.name, actor=VISITOR, now=now)
        if payment is None or payment.checkout_url:
            return payment.checkout_url if payment else None
        payment_id, request = payment.id, _request(session, payment, services)
    reach("C1")
    checkout = services.payments.start_checkout(request)
    reach("C2")
    with services.database.transaction() as session:
        settlement.record_checkout(session, payment_id, checkout)
    return checkout.url


def start_change_checkout(services: Services, order_id: int) -> str | None:
    """Return the address to pay the waiting change of an order at; None when a slow bank has it already.

    Raises ChangeNotFound, SlotClosed, TriedTooOften, ProviderUnreachable, ProviderRefused.
    """
    now = services.clock.now()
    with services.database.transaction() as session:
        payment = change_payments.prepare(session, order_id, provider=services.payments.name, actor=VISITOR, now=now)
        if payment is None or payment.checkout_url:
            return payment.checkout_url if payment else None
        payment_id, request = payment.id, _request(session, payment, services)
    checkout = services.payments.start_checkout(request)
    with services.database.transaction() as session:
        settlement.record_checkout(session, payment_id, checkout)
    return checkout.url


def give_up_change(services: Services, order_id: int, *, actor: Actor) -> bool:
    """Give up the waiting change of an order, its pages closed first; False when it turned out paid, or none waits."""
    _close_pages(services, order_id)
    with services.database.transaction() as session:
        return change_payments.give_up(session, order_id, actor=actor, now=services.clock.now())


def take_cash_for_change(services: Services, order_id: int, *, actor: Actor) -> None:
    """Take the difference of a waiting change in cash, its pages closed first.

    Raises ChangeNotFound (also when it turned out paid), OrderNotChangeable.
    """
    _close_pages(services, order_id)
    with services.database.transaction() as session:
        change_payments.take_cash(session, order_id, actor=actor, now=services.clock.now())


def settle(services: Services, checkout_ref: str) -> Outcome:
    """Ask the provider about a checkout and bring its order into line. The return page and the worker call this.

    Raises ProviderUnreachable.
    """
    try:
        checkout = services.payments.get_checkout(checkout_ref)
    except ProviderRefused:  # a reference somebody made up
        return Outcome.UNKNOWN
    outcome = settle_checkout(services, checkout, PROVIDER)
    reach("C5")
    return outcome


def settle_checkout(
    services: Services, checkout: Checkout, actor: Actor, event: ProviderEvent | None = None
) -> Outcome:
    """Bring an order into line with a report of its checkout; one that came as an event is taken once."""
    now = services.clock.now()
    with services.database.transaction() as session:
        if event is not None and not reports.note(session, event, now=now):
            return Outcome.ALREADY
        outcome = settlement.settle_checkout(session, checkout, actor=actor, now=now)
        reach("C4")
    return outcome


def receive_event(services: Services, body: bytes, signature: str | None) -> None:
    """Take a report of the provider: verify it, ask for the truth about what it names, settle. Again is already so.

    Raises InvalidSignature, ProviderUnreachable (the provider will report again).
    """
    event = services.payments.read_event(body, signature)
    reach("C3")
    if event.is_live is not services.payments.is_live:
        log.warning("report %s is of the other mode (live or test); ignored", event.id)
        return
    if event.kind is EventKind.CHECKOUT:
        settle_checkout(services, services.payments.get_checkout(event.object_ref), PROVIDER, event)
    elif event.kind is EventKind.REFUND:
        _note_refunds(services, event, event.object_ref, None)
    elif event.kind is EventKind.CHARGE_REFUNDED and event.object_ref:
        _note_refunds(services, event, None, event.object_ref)
    elif event.kind is EventKind.DISPUTE:
        _note_dispute(services, event)
    reach("C5")


def send_refund(services: Services, job: ClaimedJob) -> None:
    """Send a refund to the provider; again is the same refund, also after days."""
    with services.database.reading() as session:
        refund = session.get_one(Refund, job.payload["refund_id"], options=[joinedload(Refund.payment)])
    if refund.state is not RefundState.REQUESTED:
        return
    assert refund.payment.intent_ref is not None, "money that came in has an intent"
    amount = Money(refund.amount_cents, refund.currency)
    try:
        report = services.payments.refund(
            RefundRequest(refund.key, refund.payment.intent_ref, amount, reason=refund.reason)
        )
    except REFUSED_FOR_GOOD as refusal:  # to ask again changes nothing: a person has to decide
        _note_refusal(services, refund, refusal)
        return
    except (ProviderRefused, ProviderUnreachable) as refusal:  # the worker asks again, with the same key
        with services.database.transaction() as session:
            provider_news.note_not_taken(session, refund.id, _why_not(refusal))
        raise
    reach("C8")
    with services.database.transaction() as session:
        provider_news.record_refund(session, report, actor=WORKER, now=services.clock.now())


def _why_not(refusal: ProviderRefused | ProviderUnreachable) -> str:
    """Say why a refund was not taken, in the provider's own words where it gave any."""
    if isinstance(refusal, ProviderUnreachable):
        return NO_ANSWER
    return str(refusal.details.get("provider_says") or NOT_TAKEN)


def _note_refusal(services: Services, refund: Refund, refusal: ProviderRefused) -> None:
    """Write down that a refund was refused, with what stands in its way: no report may have told it yet."""
    intent_ref, now = refund.payment.intent_ref or "", services.clock.now()
    is_disputed = isinstance(refusal, PaymentDisputed)
    disputes = services.payments.find_disputes(intent_ref) if is_disputed else ()
    made = services.payments.find_refunds(intent_ref) if not is_disputed else ()
    with services.database.transaction() as session:
        for dispute in disputes:
            provider_news.record_dispute(session, dispute, actor=WORKER, now=now)
        provider_news.record_refusal(session, refund.id, REFUSED_BECAUSE[refusal.code], actor=WORKER, now=now)
        for each in made:
            provider_news.record_refund(session, each, actor=WORKER, now=now)


def sweep(services: Services) -> int:
    """Give back what was held too long; the provider's page is closed first, and if it turns out paid it is settled.

    Returns how many holds, orders and changes ended. What needs no provider comes first; an order that cannot be ended
    is logged, and keeps nobody else's waiting.
    """
    now, ended = services.clock.now(), 0
    with services.database.transaction() as session:
        for hold in holds.find_lapsed_without_order(session, now=now):
            holds.expire(session, hold)
            ended += 1
    with services.database.reading() as session:
        lapsed = settlement.find_lapsed_orders(session, now=now)
    ended += one_by_one("order", {order_id: order_id for order_id in lapsed}, functools.partial(_end_lapsed, services))
    with services.database.reading() as session:
        unpaid = {order_id: order_id for order_id in change_payments.find_lapsed(session, now=now)}
    ended += one_by_one("change of order", unpaid, functools.partial(_lapse_change, services))
    with services.database.transaction() as session:
        capacity.mark_expired(session, now=services.clock.now())
    return ended


def reconcile(services: Services) -> None:
    """Ask the provider about everything that is still open: with its reports switched off this settles all."""
    before = services.clock.now() - SETTLE_AFTER
    with services.database.reading() as session:
        attempts = settlement.find_unsettled(session, created_before=before)
        waiting = refunds.find_open(session, requested_before=before)
    named = {payment.id: payment for payment in attempts if payment.provider_ref}
    one_by_one("payment", named, functools.partial(_ask_about_payment, services))
    one_by_one("refund", {refund.id: refund for refund in waiting}, functools.partial(_ask_about_refund, services))


def one_by_one(what: str, things: Mapping[int, Thing], act: Callable[[Thing], bool]) -> int:
    """Do an act for each thing, whatever becomes of the others; return for how many it did something.

    A provider that was silent three times in a row is away: the rest waits for the next round.
    """
    done = silences = 0
    for thing_id, thing in things.items():
        try:
            done += act(thing)
            silences = 0
        except ProviderUnreachable:
            silences += 1
            log.warning("%s %s: the provider does not answer", what, thing_id)
            if silences == MOST_SILENCES:
                break
        except Exception:  # a loop of the worker's: noted, tried again in the next round
            log.exception("%s %s could not be settled", what, thing_id)
    return done


def _end_lapsed(services: Services, order_id: int) -> bool:
    _close_pages(services, order_id)
    with services.database.transaction() as session:
        return settlement.expire_if_lapsed(session, order_id, actor=WORKER, now=services.clock.now())


def _lapse_change(services: Services, order_id: int) -> bool:
    _close_pages(services, order_id)
    with services.database.transaction() as session:
        return change_payments.lapse_if_due(session, order_id, actor=WORKER, now=services.clock.now())


def _ask_about_payment(services: Services, payment: Payment) -> bool:
    assert payment.provider_ref is not None, "asked only of those that have one"
    try:
        checkout = services.payments.get_checkout(payment.provider_ref)
    except UnknownReference:
        return _end_unknown(services, payment)
    return settle_checkout(services, checkout, WORKER) is not Outcome.ALREADY


def _ask_about_refund(services: Services, refund: Refund) -> bool:
    """Bring a refund into line; one the provider does not know has failed, and shows as such to whoever watches."""
    assert refund.provider_ref is not None, "a submitted refund has a reference"
    try:
        report = services.payments.get_refund(refund.provider_ref)
    except UnknownReference:
        amount = Money(refund.amount_cents, refund.currency)
        intent_ref, state = refund.payment.intent_ref or "", RefundReportState.FAILED
        report = RefundReport(refund.provider_ref, refund.key, intent_ref, state, amount, UNKNOWN_REFUND)
    with services.database.transaction() as session:
        provider_news.record_refund(session, report, actor=WORKER, now=services.clock.now())
    return True


def _end_unknown(services: Services, payment: Payment) -> bool:
    """Give up an attempt whose reference the provider does not know: nobody can pay it there."""
    log.warning("payment %s is unknown to the provider; it is given up", payment.id)
    with services.database.transaction() as session:
        settlement.end_attempt(session, payment.id, actor=WORKER, now=services.clock.now())
    return True


def _note_refunds(services: Services, event: ProviderEvent, refund_ref: str | None, intent_ref: str | None) -> None:
    """Write down one refund, or all of a payment; refunds made in the dashboard come in this way too."""
    if refund_ref is not None:
        found: tuple[RefundReport, ...] = (services.payments.get_refund(refund_ref),)
    else:
        found = services.payments.find_refunds(intent_ref or "")
    now = services.clock.now()
    with services.database.transaction() as session:
        if reports.note(session, event, now=now):
            for report in found:
                provider_news.record_refund(session, report, actor=PROVIDER, now=now)


def _note_dispute(services: Services, event: ProviderEvent) -> None:
    report = services.payments.get_dispute(event.object_ref)
    now = services.clock.now()
    with services.database.transaction() as session:
        if reports.note(session, event, now=now):
            provider_news.record_dispute(session, report, actor=PROVIDER, now=now)


def _close_pages(services: Services, order_id: int) -> None:
    """Close every open page of an order at the provider, and settle what each turns out to be."""
    with services.database.reading() as session:
        attempts = settlement.find_live_payments(session, order_id)
        requests = {
            payment.id: _request(session, payment, services) for payment in attempts if not payment.provider_ref
        }
    for payment in attempts:
        ref = payment.provider_ref or _find_unnamed(services, payment, requests[payment.id])
        if ref is None:
            continue
        try:
            checkout = services.payments.expire_checkout(ref)
        except UnknownReference:
            _end_unknown(services, payment)
            continue
        reach("C14")
        settle_checkout(services, checkout, WORKER)


def _find_unnamed(services: Services, payment: Payment, request: CheckoutRequest) -> str | None:
    """Learn the reference of an attempt that was cut off between asking and writing down (C1, C2).

    The same key gives the page that was made. If none was, the provider refuses one that would end so soon: then there
    is nothing to close, and nobody can pay.
    """
    try:
        checkout = services.payments.start_checkout(request)
    except ProviderRefused:
        with services.database.transaction() as session:
            settlement.end_attempt(session, payment.id, actor=WORKER, now=services.clock.now())
        return None
    with services.database.transaction() as session:
        settlement.record_checkout(session, payment.id, checkout)
    return checkout.ref


def _request(session: Session, payment: Payment, services: Services) -> CheckoutRequest:
    order = session.scalars(
        select(Order)
        .where(Order.id == payment.order_id)
        .options(
            selectinload(Order.lines).joinedload(OrderLine.slot).joinedload(Slot.experience),
            selectinload(Order.lines).joinedload(OrderLine.ticket_type),
        )
    ).one()
    return checkouts.request_for(order, payment, zone=services.zone, public_url=services.settings.public_url)
