"""Who sells for us, on which terms, by which keys; and what each owes for a month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput, NotFound
from ticketing.foundation.identifiers import digest_of, new_token, new_uuid
from ticketing.sales.customers import checked_email
from ticketing.sales.models import Payment, PaymentState, Refund, RefundState
from ticketing.sales.reseller_models import ACCOUNT, Resale, Reseller, ResellerKey

LONGEST_NAME, LONGEST_CONTACT = 80, 120
MOST_COMMISSION_BP = 5000


class ResellerInvalid(InvalidInput):
    """A reseller cannot be like this; `details["field"]` names where."""

    code = "reseller_invalid"


class ResellerExists(Conflict):
    """A reseller of this name is there; names are how people tell them apart."""

    code = "reseller_exists"


class ResellerNotFound(NotFound):
    """There is no such reseller, or no such key of theirs."""

    code = "reseller_not_found"


class OrderResold(Conflict):
    """A reseller sold this order and has the visitor's money: only they change it."""

    code = "order_resold"


@dataclass(frozen=True, slots=True)
class Terms:
    """Who a reseller is, whom to ask there, and what they keep in hundredths of a percent."""

    name: str
    contact_name: str
    contact_email: str
    commission_bp: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What orders of a time came to on a reseller's account, in cents: put on it, taken off, and the commission."""

    charged: int
    credited: int
    commission: int

    @property
    def to_pay(self) -> int:
        """What the reseller is invoiced; below zero what we owe them."""
        return self.charged - self.credited - self.commission


def make(session: Session, terms: Terms, *, actor: Actor, now: datetime) -> Reseller:
    """Let somebody sell for us. Raises ResellerInvalid, ResellerExists, EmailInvalid."""
    checked = _checked(terms)
    reseller = Reseller(
        uuid=new_uuid(), name=checked.name, contact_name=checked.contact_name, contact_email=checked.contact_email,
        commission_bp=checked.commission_bp, made_at=now,
    )  # fmt: skip
    _save(session, reseller)
    audit.record(session, "reseller.made", reseller, actor=actor, now=now, commission_bp=checked.commission_bp)
    return reseller


def change(session: Session, reseller_id: int, terms: Terms, *, actor: Actor, now: datetime) -> Reseller:
    """Set who a reseller is and what they keep of resales from now on. Raises what `make` does, ResellerNotFound."""
    reseller, checked = get(session, reseller_id), _checked(terms)
    reseller.name, reseller.commission_bp = checked.name, checked.commission_bp
    reseller.contact_name, reseller.contact_email = checked.contact_name, checked.contact_email
    _save(session, reseller)
    audit.record(session, "reseller.changed", reseller, actor=actor, now=now, commission_bp=checked.commission_bp)
    return reseller


def add_key(session: Session, reseller: Reseller, *, actor: Actor, now: datetime) -> str:
    """Give a reseller one more key; return it, shown this once."""
    token = new_token()
    key = ResellerKey(reseller_id=reseller.id, digest=digest_of(token), ending=token[-4:], made_at=now)
    session.add(key)
    session.flush()
    audit.record(session, "reseller.key_made", reseller, actor=actor, now=now, key_id=key.id)
    return token


def revoke_key(session: Session, reseller_id: int, key_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a key open nothing any more; again is already so. Raises ResellerNotFound."""
    own = select(ResellerKey).where(ResellerKey.id == key_id, ResellerKey.reseller_id == reseller_id)
    key = session.scalars(own.with_for_update()).one_or_none()
    if key is None:
        raise ResellerNotFound("There is no such key of this reseller.")
    if key.revoked_at is None:
        key.revoked_at = now
        audit.record(session, "reseller.key_revoked", get(session, reseller_id), actor=actor, now=now, key_id=key_id)


def find_by_key(session: Session, token: str) -> Reseller | None:
    """Load the reseller whose key this is; None for an unknown or revoked one."""
    known = select(ResellerKey).where(ResellerKey.digest == digest_of(token), ResellerKey.revoked_at.is_(None))
    key = session.scalars(known.options(joinedload(ResellerKey.reseller))).one_or_none()
    return key.reseller if key else None


def find_by_name(session: Session, name: str) -> Reseller | None:
    """Load a reseller by name."""
    return session.scalars(select(Reseller).where(Reseller.name == name)).one_or_none()


def get(session: Session, reseller_id: int) -> Reseller:
    """Load a reseller. Raises ResellerNotFound."""
    reseller = session.get(Reseller, reseller_id)
    if reseller is None:
        raise ResellerNotFound("There is no such reseller.")
    return reseller


def page(session: Session, *, after: int | None, limit: int) -> list[Reseller]:
    """Load resellers in the order they came, those behind one of them."""
    return list(session.scalars(select(Reseller).where(Reseller.id > (after or 0)).order_by(Reseller.id).limit(limit)))


def keys_of(session: Session, reseller_id: int) -> list[ResellerKey]:
    """Load every key a reseller was ever given, the newest first."""
    own = select(ResellerKey).where(ResellerKey.reseller_id == reseller_id)
    return list(session.scalars(own.order_by(ResellerKey.id.desc())))


def latest_resales(session: Session, reseller_id: int, *, limit: int) -> list[Resale]:
    """Load what a reseller had confirmed last."""
    own = select(Resale).where(Resale.reseller_id == reseller_id, Resale.order_id.is_not(None))
    return list(session.scalars(own.order_by(Resale.id.desc()).limit(limit)))


def owed_between(session: Session, reseller_id: int, begin: datetime, end: datetime) -> Owed:
    """Add up what went on and off a reseller's account between two instants, for one invoice.

    The commission is that of each resale, of what it came to in this time, rounded once for each.
    """
    paid = (Payment.state == PaymentState.SUCCEEDED, Payment.succeeded_at >= begin, Payment.succeeded_at < end)
    back = (Refund.state != RefundState.FAILED, Refund.requested_at >= begin, Refund.requested_at < end)
    key = (Resale.id, Resale.commission_bp)
    charged = _sums(
        session, reseller_id, select(*key, func.sum(Payment.amount_cents)).select_from(Payment).where(*paid)
    )
    given = select(*key, func.sum(Refund.amount_cents)).select_from(Payment)
    credited = _sums(session, reseller_id, given.join(Refund, Refund.payment_id == Payment.id).where(*back))
    net: Counter[tuple[int, int]] = Counter(charged)
    net.subtract(credited)
    kept = sum(commission_of(cents, commission_bp) for (_, commission_bp), cents in net.items())
    return Owed(sum(charged.values()), sum(credited.values()), kept)


def commission_of(cents: int, commission_bp: int) -> int:
    """Return what a reseller keeps of an amount, half-up; of an amount that goes back as much less."""
    return (abs(cents) * commission_bp * 2 + 10_000) // 20_000 * (1 if cents >= 0 else -1)


def _sums(session: Session, reseller_id: int, question: Select[int, int, int]) -> dict[tuple[int, int], int]:
    """Sum what went on or off a reseller's account for each resale, by its id and commission."""
    mine = question.join(Resale, Resale.order_id == Payment.order_id).where(
        Resale.reseller_id == reseller_id, Payment.provider == ACCOUNT
    )
    rows = session.execute(mine.group_by(Resale.id, Resale.commission_bp))
    return {(resale_id, commission_bp): int(cents) for resale_id, commission_bp, cents in rows}


def _checked(terms: Terms) -> Terms:
    name, contact = " ".join(terms.name.split()), " ".join(terms.contact_name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise ResellerInvalid("Give the reseller a name of at most 80 characters.", field="name", why="missing")
    if not 0 < len(contact) <= LONGEST_CONTACT or not contact.isprintable():
        raise ResellerInvalid("Say whom to ask there, in at most 120 characters.", field="contact_name", why="missing")
    if not 0 <= terms.commission_bp <= MOST_COMMISSION_BP:
        raise ResellerInvalid("Give a commission between nothing and half.", field="commission", why="commission")
    return Terms(name, contact, checked_email(terms.contact_email), terms.commission_bp)


def _save(session: Session, reseller: Reseller) -> None:
    try:
        with session.begin_nested():
            session.add(reseller)
            session.flush()
    except IntegrityError as error:
        raise ResellerExists("A reseller of this name is there already.", field="name", why="name_taken") from error
