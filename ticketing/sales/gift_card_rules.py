"""How long gift cards are good for, and what managers do with one by hand: issue, block, extend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.sales import gift_cards
from ticketing.sales.gift_card_models import GiftCard, GiftCardRules, MovementKind
from ticketing.sales.gift_cards import Act, Parts

YEARS, MOST_YEARS = 3, 10
MOST_CENTS = 100_000
MOST_DAYS_AHEAD = 366 * MOST_YEARS
LONGEST_REASON = 200


class GiftCardNotFound(NotFound):
    """There is no such card."""

    code = "gift_card_not_found"


class GiftCardInvalid(InvalidInput):
    """This cannot be done with a card like this; `details["field"]` names where."""

    code = "gift_card_invalid"


@dataclass(frozen=True, slots=True)
class Goodwill:
    """A card that is issued by hand: its amount, all of it bonus, for nobody paid for it; why; until which day."""

    cents: int
    reason: str
    last_day: date
    currency: str = "EUR"


def valid_years(session: Session) -> int:
    """Return for how many years a card is good."""
    row = session.get(GiftCardRules, 1)
    return row.valid_years if row else YEARS


def expiry(session: Session, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant at which a card that is issued now expires: the end of a day of the centre."""
    today = local_date_of(now, zone)
    year, is_leap_day = today.year + valid_years(session), (today.month, today.day) == (2, 29)
    last_day = today.replace(year=year, day=28) if is_leap_day else today.replace(year=year)
    return day_bounds(last_day, zone)[1]


def last_day_before(expires_at: datetime, zone: ZoneInfo) -> date:
    """Return the last day (local) on which a card that expires then is good."""
    return local_date_of(expires_at - timedelta(microseconds=1), zone)


def set_valid_years(session: Session, years: int, *, actor: Actor, now: datetime) -> None:
    """Set for how long cards are good from now on; those that are issued keep theirs. Raises GiftCardInvalid."""
    if not 1 <= years <= MOST_YEARS:
        raise GiftCardInvalid("Give a number of years from 1 to 10.", field="valid_years")
    row = session.get(GiftCardRules, 1)
    if row is None:
        row = GiftCardRules(id=1)
        session.add(row)
    row.valid_years, row.changed_at = years, now
    session.flush()
    audit.record(session, "gift_card_rules.set", row, actor=actor, now=now, valid_years=years)


def issue_by_hand(
    session: Session, wanted: Goodwill, request_key: str, *, zone: ZoneInfo, actor: Actor, now: datetime
) -> GiftCard:
    """Give a card away; the same request again is the same card. Raises GiftCardInvalid."""
    if not 0 < wanted.cents <= MOST_CENTS:
        raise GiftCardInvalid("Give an amount from one cent to € 1,000.", field="amount")
    reason, expires_at = _reason(wanted.reason), _end_of(wanted.last_day, zone=zone, now=now)
    act = Act(f"by hand:{request_key}"[:120], MovementKind.ISSUED, Parts(bonus=wanted.cents), reason)
    return gift_cards.issue(session, act, wanted.currency, expires_at, actor=actor, now=now)


def block(session: Session, card_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Let nobody spend a card; what is on it is still owed. Again is already so. Raises GiftCardInvalid, NotFound."""
    card, text = get(session, card_id), _reason(reason)
    if card.blocked_at is None:
        card.blocked_at = now
        _note(session, card, MovementKind.BLOCKED, text, actor=actor, now=now)


def unblock(session: Session, card_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Let a card be spent again; again is already so. Raises GiftCardInvalid, GiftCardNotFound."""
    card, text = get(session, card_id), _reason(reason)
    if card.blocked_at is not None:
        card.blocked_at = None
        _note(session, card, MovementKind.UNBLOCKED, text, actor=actor, now=now)


def extend(session: Session, card_id: int, last_day: date, *, zone: ZoneInfo, actor: Actor, now: datetime) -> None:
    """Let a card be good until another, later day; again is already so. Raises GiftCardInvalid, GiftCardNotFound."""
    card, expires_at = get(session, card_id), _end_of(last_day, zone=zone, now=now)
    if expires_at < card.expires_at:
        raise GiftCardInvalid("Choose a day after the one it is good until.", field="last_day")
    if expires_at > card.expires_at:
        card.expires_at = expires_at
        _note(session, card, MovementKind.EXTENDED, last_day.isoformat(), actor=actor, now=now)


def get(session: Session, card_id: int) -> GiftCard:
    """Load a card, locked. Raises GiftCardNotFound."""
    if session.get(GiftCard, card_id) is None:
        raise GiftCardNotFound("There is no such gift card.")
    return gift_cards.lock(session, card_id)


def look_at(session: Session, card_id: int) -> GiftCard:
    """Load a card to be read. Raises GiftCardNotFound."""
    card = session.get(GiftCard, card_id)
    if card is None:
        raise GiftCardNotFound("There is no such gift card.")
    return card


def page(session: Session, *, before: int | None, limit: int) -> list[GiftCard]:
    """Load cards, the newest first, below an id."""
    below: ColumnElement[bool] = GiftCard.id < before if before is not None else true()
    return list(session.scalars(select(GiftCard).where(below).order_by(GiftCard.id.desc()).limit(limit)))


def _note(session: Session, card: GiftCard, kind: MovementKind, reason: str, *, actor: Actor, now: datetime) -> None:
    session.flush()
    number = len(gift_cards.ledger_of(session, card.id))
    gift_cards.note(session, card, Act(f"{kind}:{card.uuid}:{number}", kind, reason=reason), actor=actor, now=now)
    audit.record(session, f"gift_card.{kind.value}", card, actor=actor, now=now, reason=reason)


def _reason(typed: str) -> str:
    text = " ".join(typed.split())
    if not 0 < len(text) <= LONGEST_REASON:
        raise GiftCardInvalid("Say why, in at most 200 characters.", field="reason")
    return text


def _end_of(last_day: date, *, zone: ZoneInfo, now: datetime) -> datetime:
    days = (last_day - local_date_of(now, zone)).days
    if not 0 <= days <= MOST_DAYS_AHEAD:
        raise GiftCardInvalid("Choose a day from today to ten years ahead.", field="last_day")
    return day_bounds(last_day, zone)[1]
