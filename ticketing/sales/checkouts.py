"""What the provider's page shows of an order."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ticketing.foundation.languages import pick, translations
from ticketing.foundation.money import Money
from ticketing.foundation.wording import clock_words, short_day_words
from ticketing.payments.provider import CheckoutLine, CheckoutRequest
from ticketing.sales.models import Order, OrderLine, Payment


def order_url(order: Order, public_url: str) -> str:
    """Return the customer's own address of an order, in the order's language."""
    return f"{public_url}/{order.language}/orders/{order.code}/{order.secret}/"


def request_for(order: Order, payment: Payment, *, zone: ZoneInfo, public_url: str) -> CheckoutRequest:
    """Put an order, loaded with its lines, as a page to pay on; the same attempt is the same page."""
    assert payment.expires_at is not None, "an attempt at a provider ends some time"
    own = order_url(order, public_url)
    return CheckoutRequest(
        key=payment.key,
        description=f"Order {order.code}",
        lines=_lines_of(order, payment, zone),
        email=order.email or "",
        language=order.language,
        success_url=f"{own}return/",
        cancel_url=own,
        expires_at=payment.expires_at,
    )


def _lines_of(order: Order, payment: Payment, zone: ZoneInfo) -> tuple[CheckoutLine, ...]:
    """Return the order's lines; or the one difference a change of it costs, or what a gift card leaves to pay."""
    if payment.change_id is None and payment.amount_cents == order.total_cents:
        return tuple(_line(line, order.language, zone) for line in order.lines)
    say = translations(order.language).ugettext
    change, rest = say("Change of order %(code)s"), say("Order %(code)s, less what the gift card pays")
    what = (change if payment.change_id else rest) % {"code": order.code}
    return (CheckoutLine(what, Money(payment.amount_cents, payment.currency), 1),)


def _line(line: OrderLine, language: str, zone: ZoneInfo) -> CheckoutLine:
    starts = line.slot.starts_at.astimezone(zone)
    what = f"{pick(line.slot.experience.names, language)}, {pick(line.ticket_type.names, language)}"
    when = f"{short_day_words(starts.date(), language)} {clock_words(starts, language)}"
    if line.discount_cents == 0:
        return CheckoutLine(f"{what}, {when}", Money(line.unit_cents, line.currency), line.quantity)
    # A discount need not divide by the number of tickets: the line is then one thing at its exact price.
    return CheckoutLine(f"{line.quantity} × {what}, {when}", Money(line.total_cents, line.currency), 1)
