"""Money that came when there was nothing left to give for it; it goes back whole, and a mail explains."""

from __future__ import annotations

from ticketing.sales.models import Order, Payment

MAIL_KEY = "late:"


def mail_key(payment: Payment) -> str:
    """Return the key of the mail about a payment: one mail, however often it is thought of."""
    return MAIL_KEY + payment.key


def payment_of_mail(order: Order, key: str) -> Payment:
    """Return the payment a mail's key is about, of an order loaded with its payments."""
    return next(payment for payment in order.payments if mail_key(payment) == key)
