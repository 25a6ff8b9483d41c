"""What the life of an order is called in the office: acts, mails and scans."""

from __future__ import annotations

from ticketing.door.models import ScanKind
from ticketing.door.order_life import LOST, LifeEntry, Source
from ticketing.door.verdict import Direction, Reason
from ticketing.foundation.money import Money
from ticketing.foundation.wording import money_words
from ticketing.web import edge
from ticketing.web.desk.verdict_words import short_words
from ticketing.web.office import undelivered_words
from ticketing.web.office.audit_words import AUDIT_WORDS
from ticketing.web.office.money_words import reason_word
from ticketing.web.pages import N_, gettext

MAIL_WORDS = {
    "send_confirmation": N_("Confirmation with the tickets"),
    "send_change_mail": N_("Mail about a change"),
    "send_closure_case": N_("Mail about a closure, with a choice"),
    "send_closure_over": N_("Mail that the visit takes place after all"),
    "send_late_payment_mail": N_("Mail about money that came too late"),
    "send_tickets": N_("Tickets by mail"),
    "send_address_mail": N_("Mail to the old address"),
}
MAIL_STATES = {
    "waiting": N_("waits to be sent"),
    "running": N_("is being sent"),
    "done": N_("sent"),
    "failed": N_("could not be sent"),
    LOST: N_("did not arrive"),
}
AMOUNTS = {"amount_cents": N_("amount"), "total_cents": N_("total"), "difference_cents": N_("difference"),
           "fee_cents": N_("fee")}  # fmt: skip


def life_words(entry: LifeEntry) -> tuple[str, str]:
    """Say what happened, and what there is to add."""
    if entry.source is Source.MAIL:
        state = gettext(MAIL_STATES[entry.state])
        why = undelivered_words.reason(entry.facts["status"]) if entry.state == LOST else ""
        return gettext(MAIL_WORDS.get(entry.code, entry.code)), f"{state}: {why}" if why else state
    if entry.source is Source.SCAN:
        if entry.facts["kind"] == ScanKind.CHECKED:
            return gettext("At the gate: let in after checking, without network"), ""
        reason = Reason(entry.code) if entry.code in set(Reason) else None
        return gettext(
            "At the gate: %(verdict)s", verdict=short_words(reason, Direction(entry.facts["direction"]))[1]
        ), ""
    return gettext(AUDIT_WORDS.get(entry.code, entry.code)), ", ".join(_facts(entry))


def _facts(entry: LifeEntry) -> list[str]:
    said = [
        f"{gettext(word)} {money_words(Money(entry.facts[name]), edge.language())}"
        for name, word in AMOUNTS.items()
        if entry.facts.get(name)
    ]
    return [*said, reason_word(entry.facts["reason"])] if entry.facts.get("reason") else said
