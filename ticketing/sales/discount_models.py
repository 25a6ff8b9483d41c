"""The tables of what comes off a price: promotions, their codes and the uses of these; bundles."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.catalogue.models import Experience, TicketType
from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime
from ticketing.foundation.house_revision import SetByManagers


class PromotionKind(StrEnum):
    """What the codes of a promotion take off."""

    PERCENT = "percent"  # a share of the price
    AMOUNT = "amount"  # so many cents, at most what there is to pay
    PLACES = "places"  # so many tickets go free


promotion_experiences = Table(
    "promotion_experiences",
    Base.metadata,
    Column("promotion_id", ForeignKey("promotions.id"), primary_key=True),
    Column("experience_id", ForeignKey("experiences.id"), primary_key=True),
)
promotion_ticket_types = Table(
    "promotion_ticket_types",
    Base.metadata,
    Column("promotion_id", ForeignKey("promotions.id"), primary_key=True),
    Column("ticket_type_id", ForeignKey("ticket_types.id"), primary_key=True),
)


class Promotion(Base):
    """What a campaign gives, on what and when; the terms of one code or of thousands.

    A use is an order, or for free places each ticket that went free. `max_uses` counts for each code,
    `max_uses_per_customer` over all codes of the promotion together.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("(kind = 'percent') = (percent IS NOT NULL)", name="percent_is_of_its_kind"),
        CheckConstraint("(kind = 'amount') = (amount_cents IS NOT NULL)", name="amount_is_of_its_kind"),
        CheckConstraint("(kind = 'places') = (places IS NOT NULL)", name="places_are_of_their_kind"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_is_sane"),
        CheckConstraint("amount_cents > 0", name="amount_is_positive"),
        CheckConstraint("places > 0", name="places_are_positive"),
        CheckConstraint("max_uses > 0 AND max_uses_per_customer > 0", name="limits_are_positive"),
        CheckConstraint("valid_until >= valid_from", name="visits_end_after_they_begin"),
        CheckConstraint("sold_until > sold_from", name="sale_ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)  # the same form again is the same promotion
    name: Mapped[str] = mapped_column(String(80), unique=True)  # of the campaign; for staff
    kind: Mapped[PromotionKind] = mapped_column(State(PromotionKind))
    percent: Mapped[int | None]
    amount_cents: Mapped[int | None]
    places: Mapped[int | None] = mapped_column(Integer)  # that may go free in one order
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    valid_from: Mapped[date | None]  # days of visit, both included
    valid_until: Mapped[date | None]
    sold_from: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when it may be used in the shop
    sold_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    max_uses: Mapped[int | None]
    max_uses_per_customer: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    experiences: Mapped[list[Experience]] = relationship(
        secondary=promotion_experiences, lazy="selectin", order_by=Experience.position
    )  # none: all
    ticket_types: Mapped[list[TicketType]] = relationship(
        secondary=promotion_ticket_types, lazy="selectin", order_by=TicketType.position
    )  # that may go free; none: all


class PromotionCode(Base):
    """What a customer types; its promotion says what it does."""

    __tablename__ = "promotion_codes"
    __table_args__ = (Index(None, "promotion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotions.id"))
    code: Mapped[str] = mapped_column(String(40), unique=True)  # upper case
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    promotion: Mapped[Promotion] = relationship(lazy="raise")


class PromotionRedemption(Base):
    """One order's use of a code. It stands as long as its order does (`returned_at`), and counts while it stands."""

    __tablename__ = "promotion_redemptions"
    __table_args__ = (
        Index(None, "promotion_code_id", "returned_at"),
        Index(None, "customer_digest"),
        CheckConstraint("uses > 0", name="uses_are_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)  # an order uses one code, once
    promotion_code_id: Mapped[int] = mapped_column(ForeignKey("promotion_codes.id"))
    uses: Mapped[int]
    customer_digest: Mapped[str] = mapped_column(String(64))  # of the e-mail address: who used it, without saying who
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Paid after it had expired and somebody else had taken the use: the customer keeps the price they were shown.
    is_beyond_limit: Mapped[bool] = mapped_column(default=False)

    promotion_code: Mapped[PromotionCode] = relationship(lazy="raise")


class Bundle(SetByManagers, Base):
    """Tickets for one slot that cost less together, at one price or with a percentage off; it comes off by itself."""

    __tablename__ = "bundles"
    __table_args__ = (
        Index(None, "experience_id"),
        CheckConstraint("(price_cents IS NULL) <> (percent IS NULL)", name="price_or_percent"),
        CheckConstraint("price_cents >= 0", name="price_is_not_negative"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_is_sane"),
        CheckConstraint("valid_until >= valid_from", name="visits_end_after_they_begin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)  # the same form again is the same bundle
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    names: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    price_cents: Mapped[int | None]
    percent: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    valid_from: Mapped[date]  # days of visit, both included
    valid_until: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    experience: Mapped[Experience] = relationship(lazy="raise")
    parts: Mapped[list[BundlePart]] = relationship(
        back_populates="bundle", lazy="selectin", order_by="BundlePart.ticket_type_id", cascade="all, delete-orphan"
    )


class BundlePart(SetByManagers, Base):
    """How many tickets of a type belong to a bundle: from `least` to `most`."""

    __tablename__ = "bundle_parts"
    __table_args__ = (CheckConstraint("least > 0 AND most >= least", name="numbers_are_sane"),)

    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundles.id"), primary_key=True)
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"), primary_key=True)
    least: Mapped[int]
    most: Mapped[int]

    bundle: Mapped[Bundle] = relationship(back_populates="parts", lazy="raise")
    ticket_type: Mapped[TicketType] = relationship(lazy="joined", innerjoin=True)
