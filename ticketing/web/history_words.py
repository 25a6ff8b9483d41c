"""The history of an order in plain words, for customers and for the office."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.foundation.languages import pick
from ticketing.foundation.money import Money
from ticketing.foundation.wording import clock_words, money_words, short_day_words
from ticketing.sales.order_history import Entry, Kind, Visit
from ticketing.web import edge
from ticketing.web.pages import gettext, ngettext


def sentence(entry: Entry) -> str:
    """Say what happened, in a sentence or two."""
    said = _SAID[entry.kind](entry)
    if entry.kind in (Kind.MOVE, Kind.CANCEL, Kind.ADD):
        said = " ".join([said, *_money(entry)])
    return said


def _confirmed(entry: Entry) -> str:
    visits = _visits(entry.new)
    if entry.amount:
        return gettext("You ordered %(tickets)s, and paid %(amount)s.", tickets=visits, amount=_amount(entry.amount))
    return gettext("You ordered %(tickets)s.", tickets=visits)


def _moved(entry: Entry) -> str:
    count = sum(visit.tickets for visit in entry.old)
    return ngettext(
        "%(num)s ticket moved from %(old)s to %(new)s. Its old code is void.",
        "%(num)s tickets moved from %(old)s to %(new)s. Their old codes are void.",
        count, old=_times(entry.old), new=_times(entry.new),
    )  # fmt: skip


def _cancelled(entry: Entry) -> str:
    return gettext("Cancelled: %(tickets)s.", tickets=_visits(entry.old))


def _added(entry: Entry) -> str:
    return gettext("Added: %(tickets)s.", tickets=_visits(entry.new))


def _given_back(entry: Entry) -> str:
    return gettext("We gave you %(amount)s back; your tickets stay as they are.", amount=_amount(entry.amount))


def _taken_by_bank(entry: Entry) -> str:
    return gettext("Your bank took %(amount)s back; your tickets stay as they are.", amount=_amount(entry.amount))


def _lapsed(entry: Entry) -> str:
    return gettext("A change was not paid, so everything stayed as it was.")


def _on_its_way(entry: Entry) -> str:
    return gettext("%(amount)s is on its way back to you, the way you paid.", amount=_amount(entry.amount))


def _back(entry: Entry) -> str:
    return gettext("%(amount)s was paid back. Your bank may take some days to show it.", amount=_amount(entry.amount))


def _on_card(entry: Entry) -> str:
    return gettext("%(amount)s is back on your gift card.", amount=_amount(entry.amount))


def _on_new_card(entry: Entry) -> str:
    return gettext("%(amount)s is on your new gift card.", amount=_amount(entry.amount))


def _not_back(entry: Entry) -> str:
    return gettext("%(amount)s could not be paid back. We look into it; write to us if it takes long.",
                   amount=_amount(entry.amount))  # fmt: skip


_SAID = {
    Kind.CONFIRMED: _confirmed,
    Kind.MOVE: _moved,
    Kind.CANCEL: _cancelled,
    Kind.ADD: _added,
    Kind.REFUND: _given_back,
    Kind.DISPUTE: _taken_by_bank,
    Kind.LAPSED: _lapsed,
    Kind.ON_ITS_WAY: _on_its_way,
    Kind.BACK: _back,
    Kind.ON_CARD: _on_card,
    Kind.ON_NEW_CARD: _on_new_card,
    Kind.NOT_BACK: _not_back,
}


def _money(entry: Entry) -> list[str]:
    """Say what a change cost or brought back, and what was kept of it."""
    said = []
    if entry.amount.cents > 0:
        said.append(gettext("You paid %(amount)s more.", amount=_amount(entry.amount)))
    elif entry.amount.cents < 0:
        said.append(gettext("%(amount)s comes back to you.", amount=_amount(entry.amount)))
    if entry.fee.cents > 0:
        said.append(gettext("We kept %(amount)s.", amount=_amount(entry.fee)))
    return said


def _amount(amount: Money) -> str:
    return money_words(Money(abs(amount.cents), amount.currency), edge.language())


def _visits(visits: Sequence[Visit]) -> str:
    parts = [f"{visit.tickets} × {pick(visit.experience, edge.language())}, {_time(visit)}" for visit in visits]
    return "; ".join(parts)


def _times(visits: Sequence[Visit]) -> str:
    return "; ".join(dict.fromkeys(_time(visit) for visit in visits))


def _time(visit: Visit) -> str:
    local, language = edge.local(visit.starts_at), edge.language()
    return f"{short_day_words(local.date(), language)}, {clock_words(local, language)}"
