"""The tables of the catalogue."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.catalogue.promise import Promise
from ticketing.catalogue.reentry import Reentry
from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime
from ticketing.foundation.house_revision import SetByManagers


class ExperienceKind(StrEnum):
    """What kind of thing can be attended."""

    ADMISSION = "admission"  # the centre itself
    SHOW = "show"
    WORKSHOP = "workshop"
    SCHOOL = "school"  # a programme for classes


class Audience(StrEnum):
    """Who an offer is meant for."""

    VISITOR = "visitor"
    TEACHER = "teacher"
    HOST = "host"


class AllocationState(StrEnum):
    """What has become of places taken in a slot."""

    HELD = "held"  # counts until expires_at
    SOLD = "sold"
    RELEASED = "released"


ALLOCATION_MOVES = {
    AllocationState.HELD: {AllocationState.SOLD, AllocationState.RELEASED},
    AllocationState.SOLD: {AllocationState.RELEASED},
    AllocationState.RELEASED: {AllocationState.SOLD},  # late money that found room again
}


class ClosureState(StrEnum):
    """Where a closure is in its life."""

    PLANNED = "planned"  # announced, begins later
    IN_FORCE = "in_force"
    LIFTED = "lifted"  # ended early, or its time has passed and somebody said so
    WITHDRAWN = "withdrawn"  # never came into force


CLOSURE_MOVES = {
    ClosureState.PLANNED: {ClosureState.IN_FORCE, ClosureState.WITHDRAWN},
    ClosureState.IN_FORCE: {ClosureState.LIFTED},
    ClosureState.LIFTED: set[ClosureState](),
    ClosureState.WITHDRAWN: set[ClosureState](),
}


class ClosureCause(StrEnum):
    """What kind of reason a closure has: which ready words it began with, and how its history is told."""

    WEATHER = "weather"
    STRIKE = "strike"
    TECHNICAL = "technical"
    SAFETY = "safety"
    PRIVATE = "private"  # somebody has the centre to themselves
    MAINTENANCE = "maintenance"
    OTHER = "other"


class ClosureDefault(StrEnum):
    """What becomes of an order by itself when nobody has answered in time."""

    REFUND = "refund"  # the money goes back
    KEEP = "keep"  # nothing; the tickets stay as they are, and a person looks after them


class VATClass(SetByManagers, Base):
    """A class of goods for VAT; "exempt" is its own class, not a rate of zero."""

    __tablename__ = "vat_classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    is_exempt: Mapped[bool] = mapped_column(default=False)


class VATRate(SetByManagers, Base):
    """The rate of a class from a local date on, in basis points (600 is 6 %)."""

    __tablename__ = "vat_rates"
    __table_args__ = (
        UniqueConstraint("vat_class_id", "valid_from"),
        CheckConstraint("rate_bp >= 0 AND rate_bp < 10000", name="rate_is_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vat_class_id: Mapped[int] = mapped_column(ForeignKey("vat_classes.id"))
    valid_from: Mapped[date]
    rate_bp: Mapped[int]


class Experience(SetByManagers, Base):
    """Something that can be attended."""

    __tablename__ = "experiences"
    __table_args__ = (
        CheckConstraint("(reentry = 'window') = (reentry_minutes > 0)", name="only_a_window_has_minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[ExperienceKind] = mapped_column(State(ExperienceKind))
    audience: Mapped[Audience] = mapped_column(State(Audience), default=Audience.VISITOR)
    names: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    summaries: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    bring: Mapped[dict[str, list[str]]] = mapped_column(JSONDocument)  # what to bring, a few words each
    drawing: Mapped[str] = mapped_column(String(20), default="interference")
    duration_minutes: Mapped[int]
    # The door opens this long before a slot starts and closes this long after.
    admits_before_minutes: Mapped[int] = mapped_column(default=15)
    admits_after_minutes: Mapped[int] = mapped_column(default=30)
    reentry: Mapped[Reentry] = mapped_column(State(Reentry), default=Reentry.NONE)
    reentry_minutes: Mapped[int] = mapped_column(default=0)  # of a window
    vat_class_id: Mapped[int] = mapped_column(ForeignKey("vat_classes.id"))
    position: Mapped[int] = mapped_column(default=0)
    is_listed: Mapped[bool] = mapped_column(default=True)


class TicketType(SetByManagers, Base):
    """Who a ticket is for."""

    __tablename__ = "ticket_types"
    __table_args__ = (CheckConstraint("max_per_order > 0", name="max_per_order_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    hints: Mapped[dict[str, str]] = mapped_column(JSONDocument)  # "3 to 11 years", "with the visitor who needs one"
    audience: Mapped[Audience] = mapped_column(State(Audience), default=Audience.VISITOR)
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    max_per_order: Mapped[int] = mapped_column(default=20)
    position: Mapped[int] = mapped_column(default=0)


class Companionship(SetByManagers, Base):
    """A ticket type that comes along with another: for each ticket of those it accompanies, at most one."""

    __tablename__ = "companionships"
    __table_args__ = (CheckConstraint("companion_id <> accompanied_id", name="nobody_accompanies_themselves"),)

    companion_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"), primary_key=True)
    accompanied_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"), primary_key=True)


class Price(SetByManagers, Base):
    """What a ticket type pays for an experience on visits within a span of local dates; the latest start wins."""

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("experience_id", "ticket_type_id", "valid_from"),
        CheckConstraint("price_cents >= 0", name="price_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]  # the last day, included; None: until further notice
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")


class OpeningHours(SetByManagers, Base):
    """The usual hours of one weekday (Monday is 0) from a local date on; no times means usually closed that day."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        UniqueConstraint("weekday", "valid_from"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_exists"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    weekday: Mapped[int]
    valid_from: Mapped[date]
    opens_at_local: Mapped[time | None]
    closes_at_local: Mapped[time | None]


class OpeningException(SetByManagers, Base):
    """A date that differs from the usual hours; no times means closed all day, with a public reason."""

    __tablename__ = "opening_exceptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(unique=True)
    opens_at_local: Mapped[time | None]
    closes_at_local: Mapped[time | None]
    reasons: Mapped[dict[str, str]] = mapped_column(JSONDocument)


class ClosingDay(SetByManagers, Base):
    """A day of every year on which the centre stays closed, and why; an exception of a date goes before it."""

    __tablename__ = "closing_days"
    __table_args__ = (
        UniqueConstraint("month", "day"),
        CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name="day_exists"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int]
    day: Mapped[int]
    reasons: Mapped[dict[str, str]] = mapped_column(JSONDocument)


class TimetablePattern(Base):
    """How slots of an experience repeat: on these weekdays, from first to last, every so many minutes."""

    __tablename__ = "timetable_patterns"
    __table_args__ = (
        CheckConstraint("every_minutes > 0", name="every_is_positive"),
        CheckConstraint("capacity >= 0", name="capacity_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    weekdays: Mapped[str] = mapped_column(String(7))  # "0123456", Monday is 0
    first_at_local: Mapped[time]
    last_at_local: Mapped[time]
    every_minutes: Mapped[int]
    capacity: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]

    experience: Mapped[Experience] = relationship(lazy="raise")


class Slot(Base):
    """One timed entry of an experience. Capacity below what is sold is allowed; nothing more is sold until it fits.

    A slot that is withdrawn stays as a row: old orders point at it, and the timetable must not lay it out again.
    """

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("experience_id", "starts_at"),
        Index(None, "local_date", "experience_id"),
        CheckConstraint("capacity >= 0", name="capacity_is_not_negative"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("ceiling >= 0", name="ceiling_is_not_negative"),
        CheckConstraint("busyness >= 0", name="busyness_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    local_date: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    admits_from: Mapped[datetime] = mapped_column(UTCDateTime)
    admits_until: Mapped[datetime] = mapped_column(UTCDateTime)
    capacity: Mapped[int]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # offered no more; nobody has places in it
    # What the number of people in the house makes of it (catalogue/crowding.py).
    ceiling: Mapped[int | None]  # sold no further than this, though the capacity be more
    busyness: Mapped[int | None]  # people inside while it begins, in hundredths of how many we sell

    experience: Mapped[Experience] = relationship(lazy="raise")


class Allocation(Base):
    """Places taken in a slot. These rows are the truth: used = sold + held that has not expired."""

    __tablename__ = "allocations"
    __table_args__ = (
        # A whole index: SQLite cannot match bound parameters to the condition of a partial one.
        Index(None, "slot_id", "state", "expires_at", "admissions"),
        Index(None, "holder"),
        CheckConstraint("admissions > 0", name="admissions_are_positive"),
        CheckConstraint("state <> 'held' OR expires_at IS NOT NULL", name="held_expires"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    holder: Mapped[str] = mapped_column(String(36))  # the hold's key
    pool: Mapped[str] = mapped_column(String(20), default="public")
    admissions: Mapped[int]
    state: Mapped[AllocationState] = mapped_column(State(AllocationState))
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


# What a closure is of; none: the whole centre.
closure_experiences = Table(
    "closure_experiences",
    Base.metadata,
    Column("closure_id", ForeignKey("closures.id"), primary_key=True),
    Column("experience_id", ForeignKey("experiences.id"), primary_key=True),
)


class Closure(SetByManagers, Base):
    """A period in which the centre, or chosen experiences, do not open; the row says who closed it, when and why.

    Its terms say what becomes of the orders it touches: nothing before `undo_until`, nothing before a second person has
    confirmed it where one is needed, and after `answer_days` the default by itself.
    """

    __tablename__ = "closures"
    __table_args__ = (
        Index(None, "state", "starts_at"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("undo_until >= created_at", name="undone_after_made"),
        CheckConstraint("answer_days BETWEEN 1 AND 90", name="answer_days_are_sane"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("bonus_percent BETWEEN 0 AND 100", name="bonus_is_a_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # None: until further notice
    cause: Mapped[ClosureCause] = mapped_column(State(ClosureCause), default=ClosureCause.OTHER)
    reasons: Mapped[dict[str, str]] = mapped_column(JSONDocument)
    advice: Mapped[dict[str, str]] = mapped_column(JSONDocument, default=dict)  # what to do instead; may be empty
    state: Mapped[ClosureState] = mapped_column(State(ClosureState))
    closed_by: Mapped[str] = mapped_column(String(120))
    closed_by_id: Mapped[int | None]  # the person, to tell a second one from them; None: a command
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # lifted or withdrawn
    ended_by: Mapped[str | None] = mapped_column(String(120))
    amended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # extended or shortened, last
    default_outcome: Mapped[ClosureDefault] = mapped_column(State(ClosureDefault), default=ClosureDefault.REFUND)
    answer_days: Mapped[int] = mapped_column(default=14)
    bonus_percent: Mapped[int | None]  # of a gift card that customers may take instead; None: none is offered
    undo_until: Mapped[datetime] = mapped_column(UTCDateTime)
    is_large: Mapped[bool] = mapped_column(default=False)  # a second person has to confirm it
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    late_orders: Mapped[int] = mapped_column(default=0)  # paid for its slots after it had been decided
    carried_out_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime
    )  # every order had its case; None: to be seen to

    experiences: Mapped[list[Experience]] = relationship(
        secondary=closure_experiences, lazy="raise", order_by=Experience.position
    )


class HouseLimits(SetByManagers, Base):
    """How many may be inside, and what is promised about it. Rows are only added; the latest holds.

    The fire limit is what the fire-prevention report of the building says; we never work one out.
    """

    __tablename__ = "house_limits"
    __table_args__ = (
        CheckConstraint("fire_limit > staff + reserve", name="leaves_room_for_visitors"),
        CheckConstraint("staff >= 0 AND reserve >= 0", name="staff_and_reserve_are_not_negative"),
        CheckConstraint("sales_percent BETWEEN 1 AND 100", name="sales_percent_is_a_share"),
        CheckConstraint("risk_bp BETWEEN 1 AND 2000", name="risk_is_small"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fire_limit: Mapped[int]  # people, staff included
    staff: Mapped[int]
    reserve: Mapped[int]
    sales_percent: Mapped[int]  # how far we sell: of what the fire limit leaves for visitors
    risk_bp: Mapped[int]  # with which risk that is exceeded, in hundredths of a percent
    promise: Mapped[Promise] = mapped_column(State(Promise))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    set_by: Mapped[str] = mapped_column(String(120))
