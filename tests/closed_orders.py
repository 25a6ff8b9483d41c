"""The customers of an afternoon that is going to be closed: of every kind there is, each with what they note on paper.

Twenty kinds, one after the other, so that any number of customers is the same mixture: a fifth come to two slots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from tests import make
from ticketing.bootstrap import Services
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import Slot, TicketType
from ticketing.door import admission, gates
from ticketing.door.admission import ScanRequest
from ticketing.door.gates import GateView
from ticketing.door.verdict import Direction, Verdict
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token, new_uuid
from ticketing.foundation.jobs import Job, JobState
from ticketing.operations import closing, payments
from ticketing.sales import (
    change_rules,
    changes,
    closure_answers,
    gift_cards,
    holds,
    orders,
    resales,
    resellers,
    settlement,
)
from ticketing.sales.changes import Wish
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.gift_card_models import MovementKind
from ticketing.sales.gift_cards import Act, Parts
from ticketing.sales.holds import BasketRequest
from ticketing.sales.models import ChangeKind, Channel
from ticketing.sales.orders import Customer
from ticketing.sales.resales import ResaleRequest, Told, Update, WantedUnit
from ticketing.tickets.models import Ticket

HOUR = timedelta(hours=1)
MANAGER = system("manager")
REASONS = dict.fromkeys(make.LANGUAGES, "storm")
TWO = 2 * make.ADULT_CENTS
CENTS = {"adult": make.ADULT_CENTS, "child": make.CHILD_CENTS}
# When each slot starts, in hours from now, and of what it is. The afternoon that closes is the next eight hours.
SLOTS = {
    "running": (-0.2, "visit"), "noon": (3, "visit"), "later": (4, "visit"), "show": (3, "dome"),
    "matinee": (5, "theatre"), "experiment": (6, "lab"), "workshop": (26, "lab"), "tomorrow": (27, "visit"),
    "next show": (28, "dome"), "next matinee": (29, "theatre"), "next experiment": (50, "lab"),
}  # fmt: skip
LASTS, ANSWER_DAYS = 8 * HOUR, 7
CLOSED = ("running", "noon", "later", "show", "matinee", "experiment")
FAMILIES = ("noon", "noon and show", "cash", "gift card", "on the page")  # the others come two by two


@dataclass
class Bought:
    """What a customer notes on paper: what they have paid, what of it is for places that are closed, what came back."""

    number: int
    kind: str
    order_id: int | None = None
    secret: str = ""  # of a basket
    page: str = ""  # of the provider, to pay on
    paid_cents: int = 0
    touched_cents: int = 0
    back_cents: int = 0

    @property
    def email(self) -> str:
        """Where they are written to."""
        return f"an{self.number}@example.org"


@dataclass(frozen=True)
class Stage:
    """Where it takes place."""

    services: Services
    slots: dict[str, Slot]
    gate: GateView
    card: str
    reseller_id: int

    def now(self):
        """Return what time it is there."""
        return self.services.clock.now()


def set_out(services: Services, customers: int) -> Stage:
    """Lay out slots with room for everybody, a gate, a card with enough on it, and a reseller."""
    now, room = services.clock.now(), 4 * customers
    with services.database.transaction() as session:
        slots = {
            name: make.priced_slot(session, room, now + hours * HOUR, slug) for name, (hours, slug) in SLOTS.items()
        }
        gate = gates.add_gate(session, "Main", actor=MANAGER, now=now)
        act = Act("the card", MovementKind.ISSUED, Parts(paid=TWO * customers))
        card = gift_cards.issue(session, act, "EUR", now + timedelta(days=900), actor=MANAGER, now=now).code
        terms = resellers.Terms("Tours", "An", "an@example.org", 1000)
        reseller_id = resellers.make(session, terms, actor=MANAGER, now=now).id
    return Stage(services, slots, gate, card, reseller_id)


def sell(stage: Stage, customers: int) -> list[Bought]:
    """Let everybody buy, and close twice before: a matinee of today, a workshop of tomorrow."""
    bought = sell_to(stage, customers, list(KINDS))
    _close_before(stage, "matinee", 0)
    _close_before(stage, "workshop", 24)
    for each in bought:
        if each.kind == MOVED:
            _move_here(stage, each)
    note_tickets_sent(stage)
    return bought


def sell_to(stage: Stage, customers: int, kinds: Sequence[str]) -> list[Bought]:
    """Let customers of some kinds buy, one kind after the other."""
    bought = [Bought(number, kinds[number % len(kinds)]) for number in range(customers)]
    for each in bought:
        KINDS[each.kind](stage, each)
    note_tickets_sent(stage)
    return bought


def lines_of(bought: Bought) -> dict[str, int]:
    """Return how many of each type they come with."""
    return {"adult": 1, "child": 2} if bought.kind in FAMILIES and bought.number % 3 else {"adult": 2}


def basket(stage: Stage, bought: Bought, *where: str, card: str | None = None) -> str:
    """Take places; return the secret of the basket."""
    wants = {stage.slots[name].uuid: lines_of(bought) for name in where}
    with stage.services.database.transaction() as session:
        hold = holds.open_basket(session, BasketRequest(new_token(), wants, Channel.ONLINE), now=stage.now())
        if card:
            holds.apply_gift_card(session, hold, card, now=stage.now())
    return hold.secret


def place(stage: Stage, bought: Bought, *where: str, card: str | None = None) -> int:
    """Order places; nobody has paid yet."""
    secret = basket(stage, bought, *where, card=card)
    with stage.services.database.transaction() as session:
        hold = holds.lock_hold(session, secret)
        who = Customer(bought.email, None, make.LANGUAGES[bought.number % 4])
        bought.order_id = orders.place(session, hold, who, actor=VISITOR, now=stage.now()).id
    cents = sum(CENTS[slug] * count for slug, count in lines_of(bought).items())
    bought.paid_cents = cents * len(where)
    bought.touched_cents = cents * sum(name in CLOSED for name in where)
    return bought.order_id


def lead_to_page(stage: Stage, bought: Bought) -> None:
    """Bring somebody who has ordered to the provider's page."""
    url = payments.start_checkout(stage.services, bought.order_id)
    bought.page = url.rpartition("/")[2] if url else ""


def _pay(stage: Stage, bought: Bought, *where: str, card: str | None = None) -> None:
    place(stage, bought, *where, card=card)
    lead_to_page(stage, bought)
    if bought.page:
        stage.services.sandbox.pay(bought.page)
        payments.settle(stage.services, bought.page)


def _online(*where: str) -> Callable[[Stage, Bought], None]:
    return lambda stage, bought: _pay(stage, bought, *where)


def _cash(stage: Stage, bought: Bought) -> None:
    order_id = place(stage, bought, "later")
    with stage.services.database.transaction() as session:
        settlement.pay_cash(session, session.get_one(orders.Order, order_id), actor=MANAGER, now=stage.now())


def _gift_card(stage: Stage, bought: Bought) -> None:
    _pay(stage, bought, "later", card=stage.card)


def _gift_card_and_more(stage: Stage, bought: Bought) -> None:
    """A small card pays a part, the provider the rest."""
    with stage.services.database.transaction() as session:
        act = Act(f"card {bought.number}", MovementKind.ISSUED, Parts(paid=1001, bonus=101))
        expires_at = stage.now() + timedelta(days=900)
        card = gift_cards.issue(session, act, "EUR", expires_at, actor=MANAGER, now=stage.now())
    _pay(stage, bought, "noon", card=card.code)


def _reseller(stage: Stage, bought: Bought) -> None:
    with stage.services.database.transaction() as session:
        reseller = resellers.get(session, stage.reseller_id)
        adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
        told = Told(contact={"emailAddress": bought.email})
        wanted = ResaleRequest(new_uuid(), stage.slots["noon"].uuid, (WantedUnit(adult), WantedUnit(adult)), told)
        resales.start(session, reseller, wanted, actor=MANAGER, now=stage.now())
        sold = resales.confirm(session, reseller.id, wanted.uuid, Update(), actor=MANAGER, now=stage.now())
    bought.order_id, bought.paid_cents, bought.touched_cents = sold.order_id, TWO, TWO


def _one_given_back(stage: Stage, bought: Bought) -> None:
    _pay(stage, bought, "noon")
    _give_back(stage, bought, 1)


def _all_given_back(stage: Stage, bought: Bought) -> None:
    _pay(stage, bought, "noon")
    _give_back(stage, bought, 2)


def _one_inside(stage: Stage, bought: Bought) -> None:
    _pay(stage, bought, "running")
    _come_in(stage, bought, 1)


def _all_inside(stage: Stage, bought: Bought) -> None:
    _pay(stage, bought, "running")
    _come_in(stage, bought, 2)


def _asked_before(stage: Stage, bought: Bought) -> None:
    """Whoever is asked by one closure is not asked by the next."""
    _pay(stage, bought, "matinee")
    bought.touched_cents = 0


def _in_the_basket(stage: Stage, bought: Bought) -> None:
    bought.secret = basket(stage, bought, "noon")


def _ordered(stage: Stage, bought: Bought) -> None:
    place(stage, bought, "noon")
    _have_not_paid(bought)


def _on_the_page(stage: Stage, bought: Bought) -> None:
    place(stage, bought, "noon")
    lead_to_page(stage, bought)
    _have_not_paid(bought)


def _at_a_slow_bank(stage: Stage, bought: Bought) -> None:
    """The bank decides in twenty minutes; every other one says no."""
    _on_the_page(stage, bought)
    settles_at, succeeds = stage.now() + timedelta(minutes=20), bought.number // len(KINDS) % 2 == 0
    stage.services.sandbox.pay_slowly(bought.page, succeeds=succeeds, settles_at=settles_at)
    payments.settle(stage.services, bought.page)


def _have_not_paid(bought: Bought) -> None:
    bought.paid_cents = bought.touched_cents = 0


def _give_back(stage: Stage, bought: Bought, tickets: int) -> None:
    with stage.services.database.transaction() as session:
        wish = Wish(ChangeKind.CANCEL, tuple(_tickets(session, bought)[:tickets]))
        rules, key = change_rules.StaffRules(), new_token()
        changes.carry_out(session, bought.order_id, wish, rules, key, actor=MANAGER, now=stage.now())
    bought.back_cents = tickets * make.ADULT_CENTS
    bought.touched_cents -= bought.back_cents


def _come_in(stage: Stage, bought: Bought, tickets: int) -> None:
    with stage.services.database.transaction() as session:
        for ticket_id in _tickets(session, bought)[:tickets]:
            code = session.get_one(Ticket, ticket_id).code
            request = ScanRequest(new_uuid(), code, stage.gate, Direction.IN, stage.now())
            answer = admission.scan(session, request, system("door"), zone=stage.services.zone, now=stage.now())
            assert answer.verdict is Verdict.ADMIT
    bought.touched_cents -= tickets * make.ADULT_CENTS


def _tickets(session, bought: Bought) -> list[int]:
    return list(session.scalars(select(Ticket.id).where(Ticket.order_id == bought.order_id).order_by(Ticket.id)))


def note_tickets_sent(stage: Stage) -> None:
    """Let everybody have had their tickets long ago: making so many PDFs would take long."""
    mails = update(Job).where(Job.kind.in_(("send_confirmation", "send_change_mail")), Job.state == JobState.WAITING)
    with stage.services.database.transaction() as session:
        session.execute(mails.values(state=JobState.DONE, done_at=stage.now()))


def _close_before(stage: Stage, name: str, hours: int) -> None:
    """Close one experience for eight hours, and open its cases."""
    begin, terms = stage.now() + hours * HOUR, Terms(undo_minutes=0, answer_days=30)
    wanted = ClosureRequest(REASONS, begin, begin + LASTS, (stage.slots[name].experience_id,), terms=terms)
    with stage.services.database.transaction() as session:
        closures.close(session, wanted, actor=MANAGER, now=stage.now())
    closing.tend(stage.services)


def _move_here(stage: Stage, bought: Bought) -> None:
    """Choose another time in the case of an earlier closure: the afternoon that closes next."""
    with stage.services.database.transaction() as session:
        secret = session.scalars(select(ClosureCase.secret).where(ClosureCase.order_id == bought.order_id)).one()
        uuid = stage.slots["experiment"].uuid
        closure_answers.answer(session, secret, uuid, new_token(), actor=VISITOR, now=stage.now())
    bought.touched_cents = bought.paid_cents


MOVED = "moved here by an earlier closure"
PAYS_NOW, PAYS_SLOWLY, IN_THE_BASKET, ORDERED = "on the page", "at a slow bank", "in the basket", "ordered"
KINDS: dict[str, Callable[[Stage, Bought], None]] = {
    "noon and show": _online("noon", "show"), "noon": _online("noon"), "cash": _cash,
    "one given back": _one_given_back, "noon and tomorrow": _online("noon", "tomorrow"), "reseller": _reseller,
    "all inside": _all_inside, "gift card": _gift_card, "noon and a case": _online("noon", "workshop"),
    "one inside": _one_inside, MOVED: _online("workshop"), "gift card and more": _gift_card_and_more,
    "asked before": _asked_before, "all given back": _all_given_back, "tomorrow": _online("tomorrow"),
    PAYS_NOW: _on_the_page, "noon and later": _online("noon", "later"), IN_THE_BASKET: _in_the_basket,
    ORDERED: _ordered, PAYS_SLOWLY: _at_a_slow_bank,
}  # fmt: skip
