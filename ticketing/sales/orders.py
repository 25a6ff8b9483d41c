"""Orders: placed once, confirmed once, expired when nobody paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from ticketing.catalogue import capacity, closures
from ticketing.catalogue.models import Slot
from ticketing.catalogue.opening import span_covering
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput, NotFound
from ticketing.foundation.identifiers import new_order_code, new_secret, new_uuid
from ticketing.foundation.states import move
from ticketing.sales import basket, gift_card_spending, holds, name_words, promotions, waiting_endings
from ticketing.sales.basket import Quote, QuotedLine
from ticketing.sales.customers import checked_email, cleaned_name
from ticketing.sales.discounts import CodeDiscount, Percent
from ticketing.sales.models import (
    HOLD_MOVES,
    ORDER_MOVES,
    Hold,
    HoldState,
    Order,
    OrderLine,
    OrderState,
    Payment,
)
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket, TicketState

CODE_TRIES = 5
FREE_OF_CHARGE = CodeDiscount(Percent(100))


class OrderNotFound(NotFound):
    """No order has this code with this secret."""

    code = "order_not_found"


class PriceChanged(Conflict):
    """What the basket costs is not what the customer was shown; `details["total_cents"]` is what it is now."""

    code = "price_changed"


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the order is for, and the language they read."""

    email: str | None  # None: only a reseller knows how to reach them
    name: str | None
    language: str


def place(
    session: Session, hold: Hold, customer: Customer, *, shown_cents: int | None = None,
    shown_card_cents: int | None = None, actor: Actor, now: datetime,
) -> Order:  # fmt: skip
    """Turn a hold into an order to be paid; the same hold again gives the same order. Prices and VAT are frozen here.

    `shown_cents` is the total that the customer saw and agrees to, `shown_card_cents` what of it their gift card pays.
    Raises HoldExpired, SlotClosed, EmailInvalid, PriceChanged, and the refusals of promotions.claim and
    gift_card_spending.take.
    """
    if known := find_by_hold(session, hold):
        return known
    holds.require_open(hold, now)
    require_not_closed(session, (line.slot for line in hold.lines), now)
    wanted = promotions.wanted_by(hold)
    code = promotions.claim(session, hold.promotion_code_id, wanted, _address(customer), now=now)
    quote = holds.quote_with(session, hold, code)
    if shown_cents is not None and shown_cents != quote.total.cents:
        raise PriceChanged("The price is another than you saw. Look at it again.", total_cents=quote.total.cents)
    order = _place(session, hold, customer, quote, actor=actor, now=now)
    if hold.promotion_code_id is not None and quote.code_uses:
        promotions.redeem(session, hold.promotion_code_id, order, quote.code_uses, now=now)
    gift_card_spending.take(session, hold, order, shown_cents=shown_card_cents, actor=actor, now=now)
    return order


def place_free_of_charge(session: Session, hold: Hold, customer: Customer, *, actor: Actor, now: datetime) -> Order:
    """Turn a hold into an order the house gives away; the same hold again gives the same order.

    Raises HoldExpired, SlotClosed, EmailInvalid.
    """
    if known := find_by_hold(session, hold):
        return known
    holds.require_open(hold, now)
    require_not_closed(session, (line.slot for line in hold.lines), now)
    _address(customer)
    quote = basket.quote(holds.priced_lines(session, hold), code=FREE_OF_CHARGE)
    return _place(session, hold, customer, quote, actor=actor, now=now)


def place_for_reseller(
    session: Session, hold: Hold, customer: Customer, code: str, *, actor: Actor, now: datetime
) -> Order:
    """Turn a hold into an order that a reseller sells, under the code they know it by unless somebody else has that.

    It costs what its tickets cost one by one: no bundle, no promotion. Raises HoldExpired, SlotClosed, EmailInvalid.
    """
    if known := find_by_hold(session, hold):
        return known
    holds.require_open(hold, now)
    require_not_closed(session, (line.slot for line in hold.lines), now)
    quote = basket.quote(holds.priced_lines(session, hold))
    return _place(session, hold, customer, quote, code=code, actor=actor, now=now)


def confirm(session: Session, order: Order, *, actor: Actor, now: datetime) -> bool:
    """Confirm an order whose places are sold: issue its tickets and write the mail's job; False when it already is.

    The caller holds the order's lock and has sold its places (capacity.sell).
    """
    if not move(session, order, OrderState.CONFIRMED, ORDER_MOVES, confirmed_at=now):
        return False
    promotions.take_again(session, order, actor=actor, now=now)
    gift_card_spending.settle(session, order, actor=actor, now=now)
    move(session, session.get_one(Hold, order.hold_id), HoldState.KEPT, HOLD_MOVES)
    _issue_tickets(session, order, now)
    waiting_endings.note_bought(session, order.hold_id, actor=actor, now=now)
    jobs.enqueue(session, "send_confirmation", f"confirmation:{order.uuid}", now=now, order_id=order.id)
    audit.record(session, "order.confirmed", order, actor=actor, now=now, total_cents=order.total_cents)
    return True


def expire(session: Session, order: Order, *, actor: Actor, now: datetime) -> bool:
    """End an order nobody paid in time and give its places back; False when it already is so."""
    if not move(session, order, OrderState.EXPIRED, ORDER_MOVES):
        return False
    holds.expire(session, session.get_one(Hold, order.hold_id))
    promotions.give_back(session, order, now=now)
    gift_card_spending.give_back(session, order, actor=actor, now=now)
    audit.record(session, "order.expired", order, actor=actor, now=now)
    return True


def require_not_closed(session: Session, slots: Iterable[Slot], now: datetime) -> None:
    """Let nobody order or pay for slots while a closure covers one of them. Raises SlotClosed."""
    spans = closures.spans(session, now=now)
    for slot in slots:
        if span := span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at):
            raise capacity.SlotClosed("We are closed then. Choose another day.", reasons=dict(span.reasons))


def lock_order(session: Session, order_id: int) -> Order:
    """Load an order with its row locked: the first lock of everything that settles it. Raises OrderNotFound."""
    locked = select(Order).where(Order.id == order_id).with_for_update(key_share=True)
    order = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        raise OrderNotFound("This order does not exist.")
    return order


def get_order(session: Session, code: str, secret: str) -> Order:
    """Load a customer's order, whole. Raises OrderNotFound, the same for either mistake."""
    own = select(Order).where(Order.code == code.upper(), Order.secret == secret)
    order = session.scalars(own.options(*whole_order())).one_or_none()
    if order is None:
        raise OrderNotFound("We cannot find this order. Use the link in your mail.")
    return order


def whole_order() -> tuple[ORMOption, ...]:
    """Say what is loaded with an order to be looked at: its hold, lines, slots, types, payments and refunds."""
    return (
        joinedload(Order.hold),
        selectinload(Order.payments).selectinload(Payment.refunds),
        selectinload(Order.lines).joinedload(OrderLine.slot).joinedload(Slot.experience),
        selectinload(Order.lines).joinedload(OrderLine.ticket_type),
    )


def find_by_hold(session: Session, hold: Hold) -> Order | None:
    """Load the order a hold has become, if it has."""
    return session.scalars(select(Order).where(Order.hold_id == hold.id)).one_or_none()


def find_tickets(session: Session, order: Order) -> list[Ticket]:
    """Load the tickets of an order that can be used, in the order of its lines."""
    own = select(Ticket).where(Ticket.order_id == order.id, Ticket.state == TicketState.VALID)
    return list(session.scalars(own.order_by(Ticket.order_line_id, Ticket.place)))


def _address(customer: Customer) -> str:
    if not customer.email:
        raise InvalidInput("Fill in an e-mail address first.", field="email")
    return customer.email


def _place(
    session: Session, hold: Hold, customer: Customer, quote: Quote, *, code: str = "", actor: Actor, now: datetime
) -> Order:
    order = _insert(session, hold, customer, quote, code=code, now=now)
    name_words.write_down(session, order)
    audit.record(session, "order.placed", order, actor=actor, now=now, total_cents=order.total_cents)
    return order


def _insert(session: Session, hold: Hold, customer: Customer, quote: Quote, *, code: str, now: datetime) -> Order:
    """Insert under this code or a fresh one; the database refuses what is taken, and a second order for one hold."""
    for wanted in [code, *[""] * CODE_TRIES] if code else [""] * CODE_TRIES:
        order = _new_order(hold, customer, quote, now)
        order.code = wanted or order.code
        try:
            with session.begin_nested():
                session.add(order)
        except IntegrityError:
            if known := find_by_hold(session, hold):
                return known
            continue
        return order
    raise AssertionError("five codes in a row were taken: the alphabet is worn out")


def _new_order(hold: Hold, customer: Customer, quote: Quote, now: datetime) -> Order:
    return Order(
        uuid=new_uuid(),
        code=new_order_code(),
        secret=new_secret(),
        hold_id=hold.id,
        state=OrderState.PENDING,
        channel=hold.channel,
        language=customer.language,
        email=checked_email(customer.email) if customer.email else None,
        name=cleaned_name(customer.name),
        total_cents=quote.total.cents,
        currency=quote.total.currency,
        placed_at=now,
        lines=[_new_line(quoted) for quoted in quote.lines],
    )


def _new_line(quoted: QuotedLine) -> OrderLine:
    line = quoted.line
    return OrderLine(
        slot_id=line.slot_id,
        ticket_type_id=line.ticket_type_id,
        quantity=line.quantity,
        unit_cents=line.unit.cents,
        discount_cents=quoted.discount.cents,
        bundle_cents=quoted.bundle.cents,
        bundle_id=quoted.bundle_id,
        total_cents=quoted.total.cents,
        vat_class=line.vat_class,
        vat_bp=line.vat_bp,
        vat_cents=quoted.vat.cents,
        currency=line.unit.currency,
    )


def issue_tickets_for(session: Session, order: Order, lines: Iterable[OrderLine], now: datetime) -> None:
    """Issue one ticket for each admission of these lines, under fresh codes; the database refuses doing it twice."""
    rows = [
        _ticket_row(order, line.id, place, now) | {"slot_id": line.slot_id, "ticket_type_id": line.ticket_type_id}
        for line in lines
        for place in range(1, line.quantity + 1)
    ]
    if rows:
        session.execute(insert(Ticket), rows)


def _issue_tickets(session: Session, order: Order, now: datetime) -> None:
    own = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)
    issue_tickets_for(session, order, session.scalars(own), now)


def _ticket_row(order: Order, line_id: int, place: int, now: datetime) -> dict[str, object]:
    code = codes.new_code()
    return {
        "order_id": order.id,
        "order_line_id": line_id,
        "place": place,
        "code": code,
        "digest": codes.digest(code),
        "state": TicketState.VALID,
        "admissions": 1,
        "admitted": 0,
        "issued_at": now,
    }
