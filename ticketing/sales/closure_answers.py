"""What a customer answers when we close: another time, at no more than was paid, or the money back. Or the deadline.

An answer is a change of the order like any other (sales/changes.py), under rules that keep no fee and know no deadline:
it was the house that could not keep its word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import offers, room
from ticketing.catalogue.availability import SlotView
from ticketing.catalogue.models import ClosureDefault, Experience, Slot, TicketType
from ticketing.catalogue.room import Party
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, NotFound, TicketingError
from ticketing.foundation.languages import Texts
from ticketing.foundation.money import Money
from ticketing.sales import changes, closure_cases, closure_credits, gift_card_rules
from ticketing.sales.change_rules import ClosedHouseRules
from ticketing.sales.changes import ChangeWaits, Proposal, Wish
from ticketing.sales.closure_credits import Credit, CreditNotOffered, Offer
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.closure_scope import SoldTicket
from ticketing.sales.models import ChangeKind, Order, OrderChange
from ticketing.tickets.models import Ticket

RULES = ClosedHouseRules()
SOONEST = 3
REASON = "we closed"


class CaseNotFound(NotFound):
    """No case has this link."""

    code = "closure_case_not_found"


class CaseSettled(Conflict):
    """There is nothing left to choose."""

    code = "closure_case_settled"


@dataclass(frozen=True, slots=True)
class Visit:
    """Tickets of one experience that a closure took, with their numbers by type, and the soonest times for all of them.

    Starts are wall clock.
    """

    experience: Experience
    starts_at_local: tuple[datetime, ...]
    tickets: tuple[tuple[int, Texts], ...]
    ticket_ids: tuple[int, ...]
    soonest: tuple[SlotView, ...]


def get_case(session: Session, secret: str) -> ClosureCase:
    """Load a case by the secret of its link, with its order and its closure. Raises CaseNotFound."""
    own = select(ClosureCase).where(ClosureCase.secret == secret)
    case = session.scalars(own.options(joinedload(ClosureCase.order), joinedload(ClosureCase.closure))).one_or_none()
    if case is None:
        raise CaseNotFound("We cannot find this. Use the link in your mail.")
    return case


def find_open_case(session: Session, order: Order) -> ClosureCase | None:
    """Load the open case of an order, the latest when there are several."""
    mine = select(ClosureCase).where(ClosureCase.order_id == order.id, ClosureCase.state == CaseState.OPEN)
    return session.scalars(mine.order_by(ClosureCase.id.desc()).limit(1)).one_or_none()


def visits_of(
    session: Session, case: ClosureCase, *, limit: int = SOONEST, zone: ZoneInfo, now: datetime
) -> list[Visit]:  # fmt: skip
    """Return what is still to be decided of a case, one experience after the other, with times that have room."""
    by_experience: dict[int, list[Ticket]] = {}
    slots = {}
    for ticket in _load(session, closure_cases.standing_tickets(session, case.id)):
        slot = slots[ticket.slot_id] = session.get_one(Slot, ticket.slot_id, options=[joinedload(Slot.experience)])
        by_experience.setdefault(slot.experience_id, []).append(ticket)
    visits = []
    for tickets in by_experience.values():
        party = Party(sum(ticket.admissions for ticket in tickets), frozenset(ticket.slot_id for ticket in tickets))
        experience = slots[tickets[0].slot_id].experience
        soonest = room.soonest(session, experience.id, party, zone=zone, now=now, limit=limit)
        visits.append(_visit(session, tickets, slots, soonest, zone=zone))
    return visits


def propose(session: Session, case: ClosureCase, slot_uuid: str | None, *, now: datetime) -> Proposal:
    """Return what an answer does: another time for what it is of, or without one the money back. Raises CaseSettled.

    Raises also the refusals of changes.propose.
    """
    return changes.propose(session, case.order, _wish(session, case, slot_uuid), RULES, now=now)


def answer(
    session: Session, secret: str, slot_uuid: str | None, request_key: str, *, actor: Actor, now: datetime
) -> OrderChange:
    """Carry an answer out, once for each request: another time, or without one the money back.

    Raises CaseNotFound, CaseSettled, ChangeWaits, SlotFull, SlotClosed, SlotOver, TicketsNotChangeable.
    """
    case = get_case(session, secret)
    if known := changes.find_by_request(session, request_key, case.order_id):
        return known
    wish = _wish(session, case, slot_uuid)
    return changes.carry_out(session, case.order_id, wish, RULES, request_key, actor=actor, now=now)


def offer_card(session: Session, case: ClosureCase, *, now: datetime) -> Offer:
    """Return the gift card a case may end with; none is made of what a reseller was paid, who has the money.

    Raises CaseSettled, CreditNotOffered, and the refusals of propose.
    """
    proposal = propose(session, case, None, now=now)
    offered = closure_credits.offer(case, comes_back(proposal, case.currency))
    if offered is None:
        raise CreditNotOffered("No gift card is offered here. Choose something else.")
    return offered


def take_card(
    session: Session, secret: str, shown_cents: int | None, request_key: str, *, zone: ZoneInfo, actor: Actor,
    now: datetime,
) -> OrderChange:  # fmt: skip
    """Let a case end with a gift card, once for each request; `shown_cents` is what the customer saw on it.

    Raises CaseNotFound, CaseSettled, CreditNotOffered, ChangeCostsOther, ChangeWaits, TicketsNotChangeable,
    NothingToRefund, PaymentDisputed.
    """
    case = get_case(session, secret)
    if known := changes.find_by_request(session, request_key, case.order_id):
        return known
    closure_cases.lock_case(session, case.id)
    case = get_case(session, secret)
    offered = offer_card(session, case, now=now)
    if shown_cents is not None and shown_cents != offered.total.cents:
        raise changes.ChangeCostsOther("The gift card is another amount than you saw. Look at it again.")
    assert case.closure.bonus_percent is not None, "a card is offered"
    expires_at = gift_card_rules.expiry(session, zone=zone, now=now)
    credit = Credit(case.id, case.openings, case.closure.bonus_percent, expires_at)
    wish = replace(_wish(session, case, None), credit=credit)
    return changes.carry_out(session, case.order_id, wish, RULES, request_key, actor=actor, now=now)


def answer_by_default(session: Session, case_id: int, *, actor: Actor, now: datetime) -> bool:
    """Let the time to choose be over: do what the manager had said; False when that has to wait or cannot be.

    What cannot be is noted with the case, for a person to see.
    """
    case = closure_cases.lock_case(session, case_id)
    if case.state is not CaseState.OPEN or case.decide_by > now:
        return False
    if case.closure.default_outcome is ClosureDefault.KEEP:
        closure_cases.keep(session, case_id, actor=actor, now=now)
        return True
    tickets = closure_cases.standing_tickets(session, case_id)
    wish = Wish(ChangeKind.CANCEL, tuple(ticket.id for ticket in tickets), reason=REASON)
    key = f"closure:{case.uuid}:{case.openings}"
    try:
        with session.begin_nested():
            changes.carry_out(session, case.order_id, wish, RULES, key, actor=actor, now=now)
    except ChangeWaits:  # it lapses soon, and then it is tried again
        return False
    except TicketingError as refusal:
        _note_problem(session, case_id, refusal.code, actor=actor, now=now)
        return False
    return True


def _note_problem(session: Session, case_id: int, code: str, *, actor: Actor, now: datetime) -> None:
    case = closure_cases.lock_case(session, case_id)
    if case.problem != code:
        case.problem = code
        audit.record(session, "closure_case.stuck", case, actor=actor, now=now, refusal=code)


def _wish(session: Session, case: ClosureCase, slot_uuid: str | None) -> Wish:
    """Say which tickets an answer is about: those of the slot's experience, or all of them."""
    tickets = closure_cases.standing_tickets(session, case.id)
    if case.state is not CaseState.OPEN or not tickets:
        raise CaseSettled("There is nothing left to choose: this has been settled.")
    if slot_uuid is None:
        return Wish(ChangeKind.CANCEL, tuple(ticket.id for ticket in tickets), reason=REASON)
    wanted = offers.get_slot(session, slot_uuid).experience_id
    of_it = set(session.scalars(select(Slot.id).where(
        Slot.id.in_({ticket.slot_id for ticket in tickets}), Slot.experience_id == wanted
    )))  # fmt: skip
    mine = tuple(ticket.id for ticket in tickets if ticket.slot_id in of_it)
    if not mine:
        raise CaseSettled("These tickets have been settled already.")
    return Wish(ChangeKind.MOVE, mine, slot_uuid, reason=REASON)


def _load(session: Session, tickets: list[SoldTicket]) -> list[Ticket]:
    ids = sorted(ticket.id for ticket in tickets)
    return list(session.scalars(select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.slot_id, Ticket.id)))


def _visit(
    session: Session, tickets: list[Ticket], slots: Mapping[int, Slot], soonest: Sequence[SlotView], *, zone: ZoneInfo
) -> Visit:  # fmt: skip
    counts = Counter(ticket.ticket_type_id for ticket in tickets)
    types = session.scalars(select(TicketType).where(TicketType.id.in_(counts)).order_by(TicketType.position))
    starts = sorted({slots[ticket.slot_id].starts_at for ticket in tickets})
    return Visit(
        slots[tickets[0].slot_id].experience, tuple(start.astimezone(zone) for start in starts),
        tuple((counts[each.id], each.names) for each in types), tuple(ticket.id for ticket in tickets), tuple(soonest),
    )  # fmt: skip


def comes_back(proposal: Proposal, currency: str) -> Money:
    """Return what goes back to the customer."""
    return Money(max(0, -proposal.amounts.difference_cents), currency)
