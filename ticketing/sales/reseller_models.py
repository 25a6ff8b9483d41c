"""The tables of resellers: who sells for us, their keys, and what they booked, as they know it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.catalogue.models import TicketType
from ticketing.foundation.database import Base, JSONDocument, UTCDateTime

ACCOUNT = "reseller"  # the provider of payments that go on a reseller's account


class Reseller(Base):
    """A business that sells our tickets in our name, keeps a commission, and pays the rest by the month."""

    __tablename__ = "resellers"
    __table_args__ = (CheckConstraint("commission_bp BETWEEN 0 AND 5000", name="commission_is_sane"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    contact_name: Mapped[str] = mapped_column(String(120))
    contact_email: Mapped[str] = mapped_column(String(254))
    commission_bp: Mapped[int]  # of what visitors pay, in hundredths of a percent; for resales from now on
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ResellerKey(Base):
    """A bearer key of a reseller. They know it; we keep only its digest, and its last characters to tell it by."""

    __tablename__ = "reseller_keys"
    __table_args__ = (Index(None, "reseller_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reseller_id: Mapped[int] = mapped_column(ForeignKey("resellers.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    ending: Mapped[str] = mapped_column(String(4))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    reseller: Mapped[Reseller] = relationship(lazy="raise")


class Resale(Base):
    """A basket, and once confirmed an order, that a reseller made: under their uuid, with what they told of it.

    Where it stands is never kept here: it follows from the hold, the order and its tickets (resale_views.py).
    """

    __tablename__ = "resales"
    __table_args__ = (
        UniqueConstraint("reseller_id", "uuid"),  # resale twice is resale once
        Index(None, "reseller_id", "reseller_reference"),
        CheckConstraint("commission_bp BETWEEN 0 AND 5000", name="commission_is_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reseller_id: Mapped[int] = mapped_column(ForeignKey("resellers.id"))
    uuid: Mapped[str] = mapped_column(String(36))
    request_digest: Mapped[str] = mapped_column(String(64))  # the same uuid for something else is refused
    hold_id: Mapped[int] = mapped_column(ForeignKey("holds.id"), unique=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), unique=True)  # once confirmed
    reference: Mapped[str] = mapped_column(String(8), unique=True)  # the code of its order
    reseller_reference: Mapped[str | None] = mapped_column(String(120))
    contact: Mapped[dict[str, Any]] = mapped_column(JSONDocument)  # personal data, in the reseller's fields
    notes: Mapped[str | None] = mapped_column(String(1000))
    commission_bp: Mapped[int]  # agreed when it was made
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # by the reseller
    cancel_reason: Mapped[str | None] = mapped_column(String(200))

    units: Mapped[list[ResaleUnit]] = relationship(lazy="raise", order_by="ResaleUnit.id", cascade="all, delete-orphan")


class ResaleUnit(Base):
    """One ticket of a resale, as the reseller counts them."""

    __tablename__ = "resale_units"
    __table_args__ = (UniqueConstraint("resale_id", "uuid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resale_id: Mapped[int] = mapped_column(ForeignKey("resales.id"))
    uuid: Mapped[str] = mapped_column(String(36))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    reseller_reference: Mapped[str | None] = mapped_column(String(120))
    contact: Mapped[dict[str, Any]] = mapped_column(JSONDocument)

    ticket_type: Mapped[TicketType] = relationship(lazy="raise")
