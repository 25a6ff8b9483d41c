"""Gift cards: money the house owes whoever has the code, kept as a ledger that is only added to.

A card is a multi-purpose voucher: what it will be spent on, and so its VAT, is not known when it is issued. Nothing is
taxed then; VAT falls due on what it buys, at that rate (Directive 2006/112/EC, articles 30a point 3 and 30b(2), as put
in by Directive (EU) 2016/1065). It is therefore money here, never a discount: what it pays is a payment (0034).

The row of a card is locked after every other lock, and its balance only moves from what was seen under that lock.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor, ActorKind
from ticketing.foundation.errors import Conflict, InvalidInput
from ticketing.foundation.identifiers import PEOPLE_ALPHABET, new_uuid
from ticketing.sales.gift_card_models import GiftCard, GiftCardMovement, MovementKind

PROVIDER = "gift_card"  # of the payments that cards make
CODE_LENGTH, GROUP = 16, 4  # 80 random bits, printed in four groups
SEPARATORS = str.maketrans("", "", " -.·–")
LONGEST_TYPED = 40
CODE_TRIES = 3


class GiftCardUnknown(InvalidInput):
    """No card that can be spent has this code; a blocked one is answered the same, for whoever tries codes."""

    code = "gift_card_unknown"


class GiftCardExpired(InvalidInput):
    """The card's time is over."""

    code = "gift_card_expired"


class GiftCardEmpty(InvalidInput):
    """Nothing is left on the card."""

    code = "gift_card_empty"


class GiftCardShort(Conflict):
    """There is less on the card than was to be taken of it."""

    code = "gift_card_short"


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount of a card in cents: of what was paid for, and of what the house put on top."""

    paid: int = 0
    bonus: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.paid + self.bonus

    def __neg__(self) -> Parts:
        return Parts(-self.paid, -self.bonus)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that moves a card's money: its key (again is the same act), its kind, and what it is about."""

    key: str
    kind: MovementKind
    parts: Parts = Parts()
    reason: str = ""
    order_id: int | None = None
    refund_id: int | None = None
    credit_id: int | None = None


def issue(session: Session, act: Act, currency: str, expires_at: datetime, *, actor: Actor, now: datetime) -> GiftCard:
    """Make a card with an amount on it; the same act again gives the same card."""
    if known := find_by_act(session, act.key):
        return known
    card = _insert(session, currency, expires_at, now)
    note(session, card, act, actor=actor, now=now)
    said = {"paid_cents": act.parts.paid, "bonus_cents": act.parts.bonus, "reason": act.reason}
    audit.record(session, "gift_card.issued", card, actor=actor, now=now, **said)
    return card


def note(session: Session, card: GiftCard, act: Act, *, actor: Actor, now: datetime) -> GiftCardMovement:
    """Move a card's balance and write it into its ledger. The caller holds the card's lock. Raises GiftCardShort."""
    _set_balance(session, card, act.parts)
    movement = GiftCardMovement(
        key=act.key, card_id=card.id, kind=act.kind, paid_cents=act.parts.paid, bonus_cents=act.parts.bonus,
        currency=card.currency, order_id=act.order_id, refund_id=act.refund_id, credit_id=act.credit_id,
        reason=act.reason, moved_by=actor.name[:120] if actor.kind is ActorKind.STAFF else "", moved_at=now,
    )  # fmt: skip
    session.add(movement)
    session.flush()
    return movement


def lock(session: Session, card_id: int) -> GiftCard:
    """Load a card with its row locked: the last lock of whatever moves its money."""
    locked = select(GiftCard).where(GiftCard.id == card_id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def find(session: Session, typed: str) -> GiftCard | None:
    """Load the card whose code somebody typed."""
    code = normalised(typed)
    return session.scalars(select(GiftCard).where(GiftCard.code == code)).one_or_none() if code else None


def get_usable(session: Session, typed: str, *, now: datetime) -> GiftCard:
    """Load a card that can be spent by the code somebody typed.

    Raises GiftCardUnknown (a blocked card too), GiftCardExpired, GiftCardEmpty.
    """
    card = find(session, typed)
    if card is None:
        raise GiftCardUnknown("We cannot use this gift card. Check the code, or ask us.", field="gift_card")
    require_usable(card, now)
    return card


def require_usable(card: GiftCard, now: datetime) -> None:
    """Let only a card be spent that is good and has something on it. Raises what get_usable does."""
    if card.blocked_at is not None:
        raise GiftCardUnknown("We cannot use this gift card. Check the code, or ask us.", field="gift_card")
    if card.expires_at <= now:
        raise GiftCardExpired("This gift card has expired. Go on without it, or ask us.", field="gift_card")
    if balance(card).total == 0:
        raise GiftCardEmpty("Nothing is left on this gift card. Go on without it.", field="gift_card")


def balance(card: GiftCard) -> Parts:
    """Return what is on a card."""
    return Parts(card.paid_cents, card.bonus_cents)


def part_of(card: GiftCard, cents: int) -> Parts:
    """Return how a card pays up to an amount: what was paid for goes first, the bonus last."""
    paid = min(card.paid_cents, cents)
    return Parts(paid, min(card.bonus_cents, cents - paid))


def normalised(typed: str) -> str | None:
    """Return a code in its one form; None for what cannot be one."""
    bare = typed[:LONGEST_TYPED].translate(SEPARATORS).upper() if len(typed) <= LONGEST_TYPED else ""
    return bare if len(bare) == CODE_LENGTH and set(bare) <= set(PEOPLE_ALPHABET) else None


def grouped(code: str) -> str:
    """Write a code in groups, as it is printed for typing."""
    return "-".join(code[begin : begin + GROUP] for begin in range(0, CODE_LENGTH, GROUP))


def ledger_of(session: Session, card_id: int) -> list[GiftCardMovement]:
    """Load every movement of a card, the oldest first."""
    own = select(GiftCardMovement).where(GiftCardMovement.card_id == card_id)
    return list(session.scalars(own.order_by(GiftCardMovement.id)))


def find_by_act(session: Session, key: str) -> GiftCard | None:
    """Load the card that an act has moved, if it has."""
    own = select(GiftCardMovement.card_id).where(GiftCardMovement.key == key)
    return session.scalars(select(GiftCard).where(GiftCard.id.in_(own))).one_or_none()


def expire_due(session: Session, *, actor: Actor, now: datetime, limit: int = 100) -> int:
    """Take what is left off cards whose time is over, a handful at a time; return how many there were."""
    left = GiftCard.paid_cents + GiftCard.bonus_cents > 0
    due = select(GiftCard.id).where(GiftCard.expires_at <= now, left).order_by(GiftCard.id).limit(limit)
    ids = list(session.scalars(due))
    for card_id in ids:
        card = lock(session, card_id)
        if card.expires_at <= now and balance(card).total:
            taken_off = -balance(card)
            key = f"expired:{card.uuid}:{_count(session, card_id)}"
            note(session, card, Act(key, MovementKind.EXPIRED, taken_off), actor=actor, now=now)
            audit.record(session, "gift_card.expired", card, actor=actor, now=now, cents=-taken_off.total)
    return len(ids)


def _count(session: Session, card_id: int) -> int:
    mine = select(func.count()).select_from(GiftCardMovement).where(GiftCardMovement.card_id == card_id)
    return session.scalar(mine) or 0


def _set_balance(session: Session, card: GiftCard, moved: Parts) -> None:
    """Write the new balance over the one that was seen; the database refuses one below nothing besides."""
    seen = balance(card)
    now_on_it = Parts(seen.paid + moved.paid, seen.bonus + moved.bonus)
    if min(now_on_it.paid, now_on_it.bonus) < 0:
        raise GiftCardShort("There is less on this gift card than that.", left_cents=seen.total)
    statement = (
        update(GiftCard)
        .where(GiftCard.id == card.id, GiftCard.paid_cents == seen.paid, GiftCard.bonus_cents == seen.bonus)
        .values(paid_cents=now_on_it.paid, bonus_cents=now_on_it.bonus)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], session.execute(statement)).rowcount != 1:
        raise GiftCardShort("This gift card was used elsewhere just now. Look at it again.")
    session.refresh(card)


def _insert(session: Session, currency: str, expires_at: datetime, now: datetime) -> GiftCard:
    """Insert under a fresh code; the database refuses one that is taken."""
    for _ in range(CODE_TRIES):
        code = "".join(secrets.choice(PEOPLE_ALPHABET) for _ in range(CODE_LENGTH))
        card = GiftCard(uuid=new_uuid(), code=code, currency=currency, paid_cents=0, bonus_cents=0, issued_at=now,
                        expires_at=expires_at)  # fmt: skip
        try:
            with session.begin_nested():
                session.add(card)
        except IntegrityError:
            continue
        return card
    raise AssertionError("three codes of 80 bits in a row were taken")
