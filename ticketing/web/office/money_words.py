"""What methods, channels, reasons and findings of money are called in the office."""

from __future__ import annotations

from collections.abc import Callable

from ticketing.operations.payments import NO_ANSWER, NOT_TAKEN, REFUSED_BECAUSE, UNKNOWN_REFUND
from ticketing.sales import closure_answers, late_money, provider_news
from ticketing.sales.accounts import Owing
from ticketing.sales.models import Channel
from ticketing.sales.provider_models import FindingKind
from ticketing.web.pages import N_, gettext

# Brands keep their names; a method nobody has put here shows the provider's word.
METHODS = {
    "card": N_("Card"),
    "bancontact": "Bancontact",
    "ideal": "iDEAL | Wero",
    "wero": "Wero",
    "paypal": "PayPal",
    "pay_by_bank": N_("From their bank"),
    "cash": N_("Cash"),
    "gift_card": N_("Gift card"),
    "transfer": N_("Bank transfer by us"),
    "invoice": N_("Invoice"),
    "reseller": N_("Reseller’s account"),
    "simulated": N_("Simulated"),
}
CHANNELS = {
    Channel.ONLINE: N_("Online"),
    Channel.DESK: N_("Desk"),
    Channel.OPERATOR: N_("By command"),
    Channel.RESELLER: N_("Resellers"),
}
OWING = {
    Owing.FAILED: N_("Refunds that failed"),
    Owing.SETTLED: N_("Failed refunds made good"),
    Owing.BEYOND: N_("Gone beyond what orders were worth"),
}
KINDS = {
    FindingKind.MONEY_NOBODY_ORDERED: N_("Money nobody ordered"),
    FindingKind.REFUND_ELSEWHERE: N_("Refund made in the dashboard"),
    FindingKind.REFUND_UNKNOWN: N_("Refund of a payment that is not ours"),
    FindingKind.DISPUTE_UNKNOWN: N_("Dispute about a payment that is not ours"),
    FindingKind.DISPUTE_TURNED: N_("A bank changed its mind"),
    FindingKind.AMOUNT_DIFFERS: N_("Another amount there than here"),
    FindingKind.BEYOND_THE_ORDER: N_("More went back than the order was worth"),
    FindingKind.NOT_AT_PROVIDER: N_("The provider does not know it"),
    FindingKind.NOT_SETTLED: N_("Paid there, not settled here"),
}
ADVICE = {
    FindingKind.MONEY_NOBODY_ORDERED: N_(
        "Look in the dashboard who paid and what for. Refund it there, or note what it was."
    ),
    FindingKind.REFUND_ELSEWHERE: N_("It is booked, and the tickets still hold. Cancel them here if they should not."),
    FindingKind.REFUND_UNKNOWN: N_("Belongs to money nobody ordered. Note what it was."),
    FindingKind.DISPUTE_UNKNOWN: N_("Answer it in the dashboard, and note what it was about."),
    FindingKind.DISPUTE_TURNED: N_("The money came back after it was booked as lost. Tell accounting."),
    FindingKind.AMOUNT_DIFFERS: N_("Compare both in the dashboard; refund what is too much, and tell accounting."),
    FindingKind.BEYOND_THE_ORDER: N_("Ask who gave it and why, and tell accounting."),
    FindingKind.NOT_AT_PROVIDER: N_(
        "Were the keys of the account changed? If not, tell the developers; keep the rows."
    ),
    FindingKind.NOT_SETTLED: N_(
        "Look at the worker’s log. It is tried again every hour; the order shows when it worked."
    ),
}
REASONS = {
    provider_news.ELSEWHERE: N_("made in the provider’s dashboard"),
    provider_news.ALREADY_BACK: N_("given back in the provider’s dashboard before"),
    NO_ANSWER: N_("the provider does not answer"),
    NOT_TAKEN: N_("the provider did not take this refund"),
    UNKNOWN_REFUND: N_("the provider does not know this refund"),
    REFUSED_BECAUSE["already_refunded"]: N_("the provider has given everything back already"),
    REFUSED_BECAUSE["refund_too_large"]: N_("the provider has less left than that"),
    REFUSED_BECAUSE["payment_disputed"]: N_("the customer’s bank disputes this payment"),
    late_money.Reason.GONE.value: N_("the places were gone when the payment came"),
    late_money.Reason.OVER.value: N_("the visit was over when the payment came"),
    late_money.Reason.CARD.value: N_("the gift card had been spent when the payment came"),
    closure_answers.REASON: N_("we closed"),
    "the order was paid before": N_("the order was paid before"),
    "the change was paid before": N_("the change was paid before"),
    "the amount does not match the order": N_("the amount does not match the order"),
    # the provider's words for why a refund failed
    "lost_or_stolen_card": N_("the card was lost or stolen"),
    "expired_or_canceled_card": N_("the card has expired or was cancelled"),
    "declined": N_("the customer’s bank declined it"),
    "insufficient_funds": N_("there was not enough in our account at the provider"),
    "charge_for_pending_refund_disputed": N_("the customer disputed the payment meanwhile"),
    "merchant_request": N_("it was called back at our request"),
    # and for why a bank wants money back
    "fraudulent": N_("the customer says it was not them"),
    "product_not_received": N_("the customer says they got nothing for it"),
    "product_unacceptable": N_("the customer says it was not what was promised"),
    "credit_not_processed": N_("the customer says a refund was promised"),
    "duplicate": N_("the customer says they paid twice"),
    "unrecognized": N_("the customer does not recognise the payment"),
    "general": N_("for another reason"),
}


def method_word(method: str | None) -> str:
    """Say what was paid with."""
    return gettext(METHODS[method]) if method in METHODS else method or "–"


def channel_word(channel: Channel) -> str:
    """Say where something was sold."""
    return gettext(CHANNELS[channel])


def reason_word(reason: str) -> str:
    """Say a reason that the house or the provider knows in the reader's language; what a person wrote as it is."""
    return gettext(REASONS[reason]) if reason in REASONS else reason


def owing_word(why: Owing) -> str:
    """Say why money is owed."""
    return gettext(OWING[why])


def finding_word(kind: FindingKind) -> str:
    """Say what does not match."""
    return gettext(KINDS[kind])


def finding_advice(kind: FindingKind) -> str:
    """Say what to do about it."""
    return gettext(ADVICE[kind])


WORDS: dict[str, Callable[..., str]] = {
    word.__name__: word for word in (method_word, channel_word, reason_word, owing_word, finding_word, finding_advice)
}
