"""What the holder of an order can still do with its tickets by themselves. Pure: tickets, rules and the time in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.sales.change_rules import CustomerRules, RuleBook
from ticketing.sales.changes import ChangeInvalid, TicketsNotChangeable
from ticketing.sales.models import ChangeKind
from ticketing.sales.overview import OrderView, TicketView


@dataclass(frozen=True, slots=True)
class Options:
    """The tickets that may still be moved or cancelled, until when the first of them may, and those it is too late for.

    `late_since` is the deadline (instant) that passed last; `is_refused` when the rules never allow it.
    """

    kind: ChangeKind
    tickets: tuple[TicketView, ...]
    until: datetime | None
    late: tuple[TicketView, ...]
    late_since: datetime | None
    is_refused: bool


def options_of(view: OrderView, kind: ChangeKind, rules: RuleBook, now: datetime) -> Options:
    """Sort the unused tickets of an order into those that may still change and those that may not."""
    unused = [each for each in view.tickets if each.ticket.admitted == 0]
    book = {each.line.experience.id: rules.of(each.line.experience.id) for each in unused}
    may = [each for each in unused if book[each.line.experience.id].allows(kind, each.line.starts_at_local, now)]
    late = [each for each in unused if each not in may]
    ends = [book[each.line.experience.id].deadline(kind, each.line.starts_at_local) for each in may]
    passed = [book[each.line.experience.id].deadline(kind, each.line.starts_at_local) for each in late]
    allowed = [rule.may_move if kind is ChangeKind.MOVE else rule.may_cancel for rule in book.values()]
    return Options(
        kind, tuple(may), min(ends, default=None), tuple(late), max(passed, default=None),
        is_refused=bool(allowed) and not any(allowed),
    )  # fmt: skip


def chosen(options: Options, numbers: Collection[int]) -> tuple[TicketView, ...]:
    """Return the tickets of these numbers. Raises ChangeInvalid without any, TicketsNotChangeable for others."""
    if not numbers:
        raise ChangeInvalid("Choose at least one ticket.", field="tickets")
    found = tuple(each for each in options.tickets if each.number in numbers)
    if len(found) < len(set(numbers)):
        raise TicketsNotChangeable("Some of these tickets are used or have changed meanwhile. Look at your order.")
    return found


def by_experience(tickets: Sequence[TicketView]) -> list[list[TicketView]]:
    """Group tickets by what they are for: those of one experience move together."""
    ids = dict.fromkeys(each.line.experience.id for each in tickets)
    return [[each for each in tickets if each.line.experience.id == key] for key in ids]


def has_fee(tickets: Sequence[TicketView], kind: ChangeKind, rules: CustomerRules) -> bool:
    """Tell whether the rules keep something of one of these tickets."""
    return any(any(rules.of(each.line.experience.id).fee(kind)) for each in tickets)
