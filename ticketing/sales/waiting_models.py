"""The tables of the waiting list: who waits, for which slots, and what they were offered."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.catalogue.models import Experience, Slot
from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime


class EntryState(StrEnum):
    """What has become of somebody's waiting."""

    WAITING = "waiting"  # also while an offer of theirs is open, or its places are in a basket
    BOUGHT = "bought"  # what they were offered
    LEFT = "left"  # because they said so
    DROPPED = "dropped"  # let offers lapse too often, or the last there could be
    ENDED = "ended"  # the last slot they waited for began, and no place had come free
    REMOVED = "removed"  # by staff


ENTRY_MOVES = {
    EntryState.WAITING: set(EntryState) - {EntryState.WAITING},
    EntryState.BOUGHT: set[EntryState](),
    EntryState.LEFT: set[EntryState](),
    EntryState.DROPPED: set[EntryState](),
    EntryState.ENDED: set[EntryState](),
    EntryState.REMOVED: set[EntryState](),
}


class OfferState(StrEnum):
    """What has become of an offer."""

    OPEN = "open"  # its places are held until expires_at
    TAKEN = "taken"  # its places are in a basket
    BOUGHT = "bought"  # that basket became an order; whatever becomes of the order, the offer stays bought
    DECLINED = "declined"
    LAPSED = "lapsed"  # the time was over, or the basket was not paid
    WITHDRAWN = "withdrawn"  # by the house, or because its entry ended


OFFER_MOVES = {
    OfferState.OPEN: {OfferState.TAKEN, OfferState.DECLINED, OfferState.LAPSED, OfferState.WITHDRAWN},
    OfferState.TAKEN: {OfferState.BOUGHT, OfferState.LAPSED, OfferState.WITHDRAWN},
    OfferState.LAPSED: {OfferState.BOUGHT},  # its basket was paid late, and there was still room
    OfferState.WITHDRAWN: {OfferState.BOUGHT},  # by a closure that was lifted before late money came
    OfferState.BOUGHT: set[OfferState](),
    OfferState.DECLINED: set[OfferState](),
}
UNDERWAY = (OfferState.OPEN, OfferState.TAKEN)
_IS_WAITING = text("state = 'waiting'")
_IS_UNDERWAY = text("state IN ('open', 'taken')")


class WaitingEntry(Base):
    """Somebody waits for so many places together, in one slot or in any slot of a span."""

    __tablename__ = "waiting_entries"
    __table_args__ = (
        # The same wish of the same address is one entry while it waits; afterwards it may be asked for anew.
        Index("uq_waiting_entries_wish", "wish", unique=True, sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
        Index(None, "state", "waits_since"),
        Index(None, "address_digest"),
        CheckConstraint("people > 0", name="people_are_positive"),
        CheckConstraint("last_date >= first_date", name="last_not_before_first"),
        CheckConstraint("(state = 'waiting') = (over_at IS NULL)", name="over_when_it_no_longer_waits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)  # holds the places that are saved up for it
    secret: Mapped[str] = mapped_column(String(40), unique=True)  # what the link to see and leave the list carries
    wish: Mapped[str | None] = mapped_column(String(64))  # digest of address and what is wanted
    address_digest: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(254))  # this and both digests: None once forgotten
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[EntryState] = mapped_column(State(EntryState), default=EntryState.WAITING)
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"))  # None: any slot of the span
    first_date: Mapped[date]
    last_date: Mapped[date]
    from_local: Mapped[time | None]  # slots that start from then on, by the clock of the centre
    to_local: Mapped[time | None]  # and not after then
    quantities: Mapped[dict[str, int]] = mapped_column(JSONDocument)  # by ticket type slug
    people: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    waits_since: Mapped[datetime] = mapped_column(UTCDateTime)  # its place in the order; later after a lapse
    lapses: Mapped[int] = mapped_column(default=0)
    passed_over: Mapped[int] = mapped_column(default=0)  # how often a smaller party behind it was served
    over_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    experience: Mapped[Experience] = relationship(lazy="raise")
    slot: Mapped[Slot | None] = relationship(lazy="raise")
    offers: Mapped[list[WaitingOffer]] = relationship(
        back_populates="entry", lazy="raise", order_by="WaitingOffer.id"
    )  # fmt: skip


class AwaitedSlot(Base):
    """A slot that an entry waits for."""

    __tablename__ = "awaited_slots"
    __table_args__ = (UniqueConstraint("entry_id", "slot_id"), Index(None, "slot_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entries.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    declined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # offered once, and not wanted


class WaitingOffer(Base):
    """Places of one slot kept for one entry, for a limited time; `uuid` is the holder of their allocation."""

    __tablename__ = "waiting_offers"
    __table_args__ = (
        UniqueConstraint("entry_id", "slot_id", "attempt"),
        Index("uq_waiting_offers_underway", "entry_id", unique=True, sqlite_where=_IS_UNDERWAY,
              postgresql_where=_IS_UNDERWAY),
        Index(None, "state", "expires_at"),
        CheckConstraint("people > 0", name="people_are_positive"),
        CheckConstraint("expires_at > offered_at", name="expires_after_it_was_made"),
        CheckConstraint("state NOT IN ('taken', 'bought') OR hold_id IS NOT NULL", name="what_is_taken_is_in_a_basket"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    secret: Mapped[str] = mapped_column(String(40), unique=True)  # what the link to take or decline it carries
    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_entries.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    attempt: Mapped[int]  # how many times this slot has been offered to this entry, this one included
    state: Mapped[OfferState] = mapped_column(State(OfferState), default=OfferState.OPEN)
    people: Mapped[int]
    offered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id"), unique=True)

    entry: Mapped[WaitingEntry] = relationship(back_populates="offers", lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")
