"""Places taken for a basket while somebody decides: opened, extended, released, never forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from ticketing.catalogue import capacity, offers
from ticketing.catalogue.models import Slot
from ticketing.foundation.errors import Conflict, Expired, NotFound
from ticketing.foundation.identifiers import digest_of, new_secret, new_uuid
from ticketing.foundation.money import Money
from ticketing.foundation.states import move
from ticketing.sales import basket, bundles, gift_cards, hold_lines, promotions, waiting_serving
from ticketing.sales.basket import PricedLine, Quote
from ticketing.sales.customers import checked_email, cleaned_name
from ticketing.sales.discounts import CodeDiscount
from ticketing.sales.hold_lines import Wants
from ticketing.sales.models import HOLD_MOVES, Channel, Hold, HoldLine, HoldState, Order
from ticketing.sales.promotions import Standing

HOLD_TIME = timedelta(minutes=15)
# WCAG 2.2.1: whoever needs more time gets it, at least ten times; hoarders meet the limit.
MOST_EXTENSIONS = 10


class HoldExpired(Expired):
    """The places were given back when the time was over."""

    code = "hold_expired"


class HoldExtendedTooOften(Conflict):
    """Others wait for these places."""

    code = "hold_extended_too_often"


class HoldNotFound(NotFound):
    """No basket has this address."""

    code = "hold_not_found"


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What somebody wants of one slot, by ticket type slug; the same key, numbers and code are the same request."""

    request_key: str
    slot_uuid: str
    quantities: Mapping[str, int]
    channel: Channel = Channel.ONLINE
    promotion_code: str | None = None


@dataclass(frozen=True, slots=True)
class BasketRequest:
    """What somebody wants of several slots at once; the same key, numbers and code are the same request."""

    request_key: str
    wants: Wants
    channel: Channel = Channel.ONLINE
    promotion_code: str | None = None


def open_hold(session: Session, request: HoldRequest, *, now: datetime) -> Hold:
    """Take places in one slot, as `open_basket` does in several."""
    return open_basket(session, _as_basket(request), now=now)


def open_basket(session: Session, request: BasketRequest, *, now: datetime) -> Hold:
    """Take places for fifteen minutes, all or none; the same request again gives the same hold while it lives.

    Raises SlotNotFound, SlotFull, SlotClosed, SlotOver, CompanionAlone, and the refusals of basket.checked_quantities
    and promotions.checked_code.
    """
    key = _key_of(request)
    while known := _find_by_request(session, key):
        if not _is_over(session, known, now):
            return known
        key = digest_of(key)  # the same form sent again after its places were given back asks for them anew
    hold, is_new = _insert(session, request, key, now)
    if is_new:
        wanted = hold_lines.places(hold.lines)
        waiting_serving.serve(session, wanted, now=now)  # whoever waits comes first, however the places came free
        capacity.take(session, wanted, hold.key, expires_at=hold.expires_at, now=now)
    return get_hold(session, hold.secret)


def take_over(session: Session, request: HoldRequest, holder: str, *, now: datetime) -> Hold:
    """Open a hold of places that `holder` keeps for this customer: an offer of the waiting list. Once for each request.

    Raises SlotFull when they are kept no longer, SlotClosed, SlotOver, and the refusals of basket.checked_quantities.
    """
    wanted = _as_basket(request)
    hold, is_new = _insert(session, wanted, _key_of(wanted), now)
    if is_new:
        capacity.hand_over_held(session, holder, hold.key, expires_at=hold.expires_at, now=now)
    return get_hold(session, hold.secret)


def get_hold(session: Session, secret: str) -> Hold:
    """Load a hold by the secret of its address, with its lines, their slots and their types. Raises HoldNotFound."""
    hold = session.scalars(whole_hold().where(Hold.secret == secret)).one_or_none()
    if hold is None:
        raise HoldNotFound("This basket does not exist. Choose your tickets again.")
    return hold


def whole_hold() -> Select[Hold]:
    """Say what is loaded with a basket: its lines, their slots and types, and its promotion code."""
    return (
        select(Hold)
        .options(
            selectinload(Hold.lines).joinedload(HoldLine.slot).joinedload(Slot.experience),
            selectinload(Hold.lines).joinedload(HoldLine.ticket_type),
            joinedload(Hold.promotion_code),
        )
        .execution_options(populate_existing=True)
    )


def get_by_id(session: Session, hold_id: int) -> Hold:
    """Load a hold that another row names, with its lines, their slots and their types."""
    return session.scalars(whole_hold().where(Hold.id == hold_id)).one()


def lock_hold(session: Session, secret: str) -> Hold:
    """Load a hold as `get_hold` does, for an act of its holder: the acts on one basket wait for each other."""
    locked = select(Hold.id).where(Hold.secret == secret).with_for_update()
    session.execute(locked)
    return get_hold(session, secret)


def require_open(hold: Hold, now: datetime) -> None:
    """Let only a hold whose places are still taken go on. Raises HoldExpired."""
    if hold.state is not HoldState.OPEN or hold.expires_at <= now:
        raise HoldExpired("The time to keep your places is over. Choose again; nothing was charged.")


def extend(session: Session, hold: Hold, by: timedelta = HOLD_TIME, *, now: datetime) -> None:
    """Keep the places for another while from now: fifteen minutes. Raises HoldExpired, HoldExtendedTooOften."""
    require_open(hold, now)
    if hold.extensions >= MOST_EXTENSIONS:
        raise HoldExtendedTooOften("We cannot keep these places any longer. Order now, or choose again.")
    hold.extensions += 1
    keep_until(session, hold, now + by, now=now)


def keep_until(session: Session, hold: Hold, instant: datetime, *, now: datetime) -> None:
    """Keep the places at least until an instant. Raises HoldExpired when they are gone already."""
    if instant <= hold.expires_at:
        return
    hold.expires_at = instant
    session.flush()  # before the slots are locked: a sweeper that saw the old time waits here and sees the new
    if not capacity.extend(session, hold.key, expires_at=instant, now=now):
        raise HoldExpired("The time to keep your places is over. Choose again; nothing was charged.")


def keep_no_longer_than(session: Session, hold: Hold, instant: datetime) -> None:
    """Keep the places until an instant at most."""
    if hold.state is HoldState.OPEN and instant < hold.expires_at:
        hold.expires_at = instant
        capacity.shorten(session, hold.key, expires_at=instant)


def release(session: Session, hold: Hold) -> None:
    """Give the places back because the customer says so."""
    if hold.state is HoldState.OPEN:
        move(session, hold, HoldState.RELEASED, HOLD_MOVES)
        capacity.release(session, hold.key)


def expire(session: Session, hold: Hold) -> None:
    """Give the places back because the time is over."""
    if hold.state is HoldState.OPEN:
        move(session, hold, HoldState.EXPIRED, HOLD_MOVES)
        capacity.release(session, hold.key)


def note_customer(session: Session, hold: Hold, email: str, name: str | None, *, now: datetime) -> None:
    """Note who the tickets are for. Raises HoldExpired, EmailInvalid."""
    require_open(hold, now)
    hold.email, hold.name = checked_email(email), cleaned_name(name)


def apply_promotion(session: Session, hold: Hold, typed: str, *, now: datetime) -> None:
    """Use a promotion code, or none for an empty one. Raises HoldExpired and what promotions.checked_code does."""
    require_open(hold, now)
    if not typed.strip():
        hold.promotion_code_id = None
        return
    hold.promotion_code_id = promotions.checked_code(session, typed, promotions.wanted_by(hold), hold.email, now=now).id


def apply_gift_card(session: Session, hold: Hold, typed: str, *, now: datetime) -> None:
    """Pay with a gift card, or with none for an empty code. Raises HoldExpired and what gift_cards.get_usable does."""
    require_open(hold, now)
    hold.gift_card_id = gift_cards.get_usable(session, typed, now=now).id if typed.strip() else None


def promotion_standing(session: Session, hold: Hold, *, now: datetime) -> Standing:
    """Tell what the promotion code of a hold, loaded by `get_hold`, does for it now."""
    return promotions.standing_of(session, hold.promotion_code_id, promotions.wanted_by(hold), hold.email, now=now)


def quote_with(session: Session, hold: Hold, code: CodeDiscount | None) -> Quote:
    """Price a hold loaded by `get_hold`, with its bundles and what a promotion code takes off."""
    visits = {(line.slot_id, line.slot.experience_id, line.slot.local_date) for line in hold.lines}
    return basket.quote(priced_lines(session, hold), bundles.bundles_for(session, visits), code)


def priced_lines(session: Session, hold: Hold) -> list[PricedLine]:
    """Return the lines of a hold with the VAT that holds on the day of each visit."""
    days = {(line.slot.experience.vat_class_id, line.slot.local_date) for line in hold.lines}
    rates = {(vat_class_id, day): offers.vat_on(session, vat_class_id, day) for vat_class_id, day in days}
    priced = []
    for line in hold.lines:
        vat = rates[line.slot.experience.vat_class_id, line.slot.local_date]
        unit = Money(line.unit_cents, line.currency)
        priced.append(PricedLine(line.slot_id, line.ticket_type_id, line.quantity, unit, vat.slug, vat.rate_bp))
    return priced


def find_lapsed_without_order(session: Session, *, now: datetime, limit: int = 200) -> list[Hold]:
    """Load open holds whose time is over and that never became an order, the oldest first, locked."""
    ordered = select(Order.id).where(Order.hold_id == Hold.id).exists()
    lapsed = select(Hold).where(Hold.state == HoldState.OPEN, Hold.expires_at <= now, ~ordered)
    return list(session.scalars(lapsed.order_by(Hold.expires_at).limit(limit).with_for_update(skip_locked=True)))


def _as_basket(request: HoldRequest) -> BasketRequest:
    wants = {request.slot_uuid: request.quantities}
    return BasketRequest(request.request_key, wants, request.channel, request.promotion_code)


def _insert(session: Session, request: BasketRequest, key: str, now: datetime) -> tuple[Hold, bool]:
    """Write a hold down, its places not taken yet; the one that was there before when the request has been met."""
    lines = hold_lines.priced(session, request.wants)
    hold_lines.require_within_order(lines)
    hold = Hold(
        key=new_uuid(),
        secret=new_secret(),
        request_key=key,
        state=HoldState.OPEN,
        channel=request.channel,
        expires_at=now + HOLD_TIME,
        created_at=now,
        lines=lines,
    )
    if request.promotion_code:
        wanted = promotions.wanted_by(hold)
        hold.promotion_code_id = promotions.checked_code(session, request.promotion_code, wanted, None, now=now).id
    try:
        with session.begin_nested():
            session.add(hold)
    except IntegrityError:  # the same request at the same instant won: its hold is ours
        if known := _find_by_request(session, key):
            return known, False
        raise
    return hold, True


def _key_of(request: BasketRequest) -> str:
    """Return what makes a request the same: a form sent again with other numbers or another code is another."""
    wants = [
        f"{uuid} {sorted((slug, number) for slug, number in numbers.items() if number)}"
        for uuid, numbers in sorted(request.wants.items())
    ]
    return digest_of(" ".join([request.request_key, *wants, promotions.normalised(request.promotion_code or "")]))


def _is_over(session: Session, hold: Hold, now: datetime) -> bool:
    """Tell whether a basket's places are gone and it never became an order."""
    is_gone = hold.state in {HoldState.RELEASED, HoldState.EXPIRED} or hold.expires_at <= now
    return is_gone and session.scalar(select(Order.id).where(Order.hold_id == hold.id)) is None


def _find_by_request(session: Session, request_key: str) -> Hold | None:
    return session.scalars(whole_hold().where(Hold.request_key == request_key)).one_or_none()
