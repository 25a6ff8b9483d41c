"""Money that came when there was nothing left to give for it; it goes back whole, and a mail explains."""

from __future__ import annotations

from enum import StrEnum

from ticketing.catalogue.capacity import SlotOver
from ticketing.foundation.errors import Conflict
from ticketing.sales.models import Order, Payment

MAIL_KEY = "late:"


class Reason(StrEnum):
    """Why the money goes back, as it is written down with the refund."""

    GONE = "the places were gone when the payment came"
    OVER = "the visit was over when the payment came"
    CARD = "the gift card had been spent when the payment came"


def reason_of(obstacle: Conflict) -> Reason:
    """Return the reason that what stood in the way of a sale makes."""
    return Reason.OVER if isinstance(obstacle, SlotOver) else Reason.GONE


def reason_for(payment: Payment) -> Reason | None:
    """Return why a payment, loaded with its refunds, came too late; None when it did not."""
    known = {refund.reason for refund in payment.refunds}
    return next((reason for reason in Reason if reason in known), None)


def mail_key(payment: Payment) -> str:
    """Return the key of the mail about a payment: one mail, however often it is thought of."""
    return MAIL_KEY + payment.key


def payment_of_mail(order: Order, key: str) -> Payment:
    """Return the payment a mail's key is about, of an order loaded with its payments."""
    asked = key.partition(":again:")[0]  # sent again, it goes on to be about that payment
    return next(payment for payment in order.payments if mail_key(payment) == asked)
