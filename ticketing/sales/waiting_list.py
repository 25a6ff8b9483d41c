"""Asking for places that are sold out, and what the link in the mail shows.

Asking is answered the same for every address; what is known of it is told to its owner alone, by mail.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from ticketing.catalogue import offers
from ticketing.catalogue.models import Slot, TicketType
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.identifiers import digest_of, new_secret, new_uuid
from ticketing.foundation.languages import Texts
from ticketing.sales import basket, company
from ticketing.sales.customers import checked_email
from ticketing.sales.waiting_models import AwaitedSlot, EntryState, WaitingEntry, WaitingOffer

MOST_PEOPLE = 20  # larger groups are planned, not waited for
MOST_DAYS = 31
MOST_ENTRIES = 5  # that one address may have open
MAIL_SPAN_MINUTES = 10  # one mail about an entry in so long, however often it is asked for


class WaitingSpanInvalid(InvalidInput):
    """There is nothing to wait for between these dates and times; `details["field"]` names where."""

    code = "waiting_span_invalid"


class WaitingNotFound(NotFound):
    """Nobody waits under this address."""

    code = "waiting_not_found"


@dataclass(frozen=True, slots=True)
class Span:
    """Any slot from one local date to another, both included, that starts within these times of the day, if any."""

    first: date
    last: date
    from_local: time | None = None
    to_local: time | None = None

    def covers(self, day: date, at: time) -> bool:
        """Tell whether a slot that starts on this local date at this time of the day is one of those."""
        in_time = (self.from_local is None or at >= self.from_local) and (self.to_local is None or at <= self.to_local)
        return in_time and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """What somebody wants: tickets by type slug, together, in one slot (its uuid) or in any slot of a span."""

    experience_slug: str
    where: str | Span
    quantities: Mapping[str, int]
    email: str
    language: str


def ask(session: Session, request: WaitingRequest, *, zone: ZoneInfo, actor: Actor, now: datetime) -> None:
    """Put somebody on the list and let them be mailed; the same wish of the same address is one entry.

    Raises EmailInvalid, WaitingSpanInvalid, ExperienceNotFound, CompanionAlone, and the refusals of
    basket.checked_quantities.
    """
    email = checked_email(request.email)
    entry, slots = _new_entry(session, request, email, zone, now)
    if known := _find_by_wish(session, entry.wish):
        _mail(session, "send_waiting_asked", known, now)
        return
    open_entries = open_entries_of(session, email)
    if len(open_entries) >= MOST_ENTRIES:
        _mail(session, "send_waiting_full", open_entries[0], now)
        return
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError:  # the same wish at the same instant won
        return
    await_slots(session, entry, [slot.id for slot in slots])
    _mail(session, "send_waiting_asked", entry, now)
    audit.record(session, "waiting.asked", entry, actor=actor, now=now, people=entry.people, slots=len(slots))


def await_slots(session: Session, entry: WaitingEntry, slot_ids: Collection[int]) -> None:
    """Let an entry wait for slots it does not wait for yet."""
    known = set(session.scalars(select(AwaitedSlot.slot_id).where(AwaitedSlot.entry_id == entry.id)))
    if fresh := sorted(set(slot_ids) - known):
        session.execute(insert(AwaitedSlot), [{"entry_id": entry.id, "slot_id": slot_id} for slot_id in fresh])


def widen(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Let entries wait for slots of their span that were laid out since; return for how many entries there were any."""
    columns = (
        WaitingEntry.id, WaitingEntry.first_date, WaitingEntry.last_date, WaitingEntry.from_local,
        WaitingEntry.to_local, WaitingEntry.quantities, Slot.id.label("slot_id"), Slot.experience_id, Slot.local_date,
        Slot.starts_at,
    )  # fmt: skip
    on_its_days = (Slot.experience_id == WaitingEntry.experience_id) & Slot.local_date.between(
        WaitingEntry.first_date, WaitingEntry.last_date
    )
    is_known = (AwaitedSlot.entry_id == WaitingEntry.id) & (AwaitedSlot.slot_id == Slot.id)
    missing = (
        select(*columns)
        .join(Slot, on_its_days)
        .outerjoin(AwaitedSlot, is_known)
        .where(WaitingEntry.state == EntryState.WAITING, WaitingEntry.slot_id.is_(None))
        .where(AwaitedSlot.id.is_(None), Slot.starts_at > now, Slot.withdrawn_at.is_(None))
    )
    rows = session.execute(missing).all()
    sold = _sold_on(session, {(row.experience_id, row.local_date) for row in rows})
    found: dict[int, list[int]] = {}
    for row in rows:
        is_sold = row.quantities.keys() <= sold[row.experience_id, row.local_date]
        if is_sold and Span(*row[1:5]).covers(row.local_date, row.starts_at.astimezone(zone).time()):
            found.setdefault(row.id, []).append(row.slot_id)
    for entry_id in sorted(found):
        entry = lock_entry(session, entry_id)  # another worker may be adding the same
        await_slots(session, entry, found[entry_id])
    return len(found)


def get_entry(session: Session, secret: str) -> WaitingEntry:
    """Load an entry by the secret of its link, with what was offered. Raises WaitingNotFound."""
    entry = session.scalars(whole_entry().where(WaitingEntry.secret == secret)).one_or_none()
    if entry is None:
        raise WaitingNotFound("Nobody waits under this link. Use the link in your mail.")
    return entry


def whole_entry() -> Select[WaitingEntry]:
    """Say what is loaded with an entry: its experience and slot, and what was offered with the slots of it."""
    return select(WaitingEntry).options(
        joinedload(WaitingEntry.experience),
        joinedload(WaitingEntry.slot),
        selectinload(WaitingEntry.offers).joinedload(WaitingOffer.slot),
    )


def lock_entry(session: Session, entry_id: int) -> WaitingEntry:
    """Load an entry with its row locked: before its offers, after slots."""
    locked = select(WaitingEntry).where(WaitingEntry.id == entry_id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def open_entries_of(session: Session, email: str) -> list[WaitingEntry]:
    """Load what an address waits for, the oldest first."""
    mine = (WaitingEntry.address_digest == digest_of(email.lower()), WaitingEntry.state == EntryState.WAITING)
    whole = select(WaitingEntry).options(joinedload(WaitingEntry.experience), joinedload(WaitingEntry.slot))
    return list(session.scalars(whole.where(*mine).order_by(WaitingEntry.id)))


def ahead_of(session: Session, entry: WaitingEntry, slot_id: int) -> int:
    """Return how many wait for a slot before an entry."""
    earlier = or_(
        WaitingEntry.waits_since < entry.waits_since,
        (WaitingEntry.waits_since == entry.waits_since) & (WaitingEntry.id < entry.id),
    )
    before = (
        select(func.count(AwaitedSlot.id))
        .join(WaitingEntry, WaitingEntry.id == AwaitedSlot.entry_id)
        .where(AwaitedSlot.slot_id == slot_id, AwaitedSlot.declined_at.is_(None))
    )
    return session.scalar(before.where(WaitingEntry.state == EntryState.WAITING, earlier)) or 0


def tickets_of(session: Session, entry: WaitingEntry) -> list[tuple[int, Texts]]:
    """Return how many of which ticket types somebody waits for, in the order managers gave the types."""
    types = select(TicketType).where(TicketType.slug.in_(sorted(entry.quantities)))
    found = session.scalars(types.order_by(TicketType.position, TicketType.id))
    return [(entry.quantities[each.slug], each.names) for each in found]


def _new_entry(
    session: Session, request: WaitingRequest, email: str, zone: ZoneInfo, now: datetime
) -> tuple[WaitingEntry, Sequence[Slot]]:
    """Make up an entry, not stored yet, with the slots it waits for."""
    experience = offers.get_experience(session, request.experience_slug)
    found = _slots_wanted(session, experience.id, request.where, zone, now)
    span = request.where if isinstance(request.where, Span) else Span(found[0].local_date, found[0].local_date)
    quantities = _checked(session, found, request.quantities)
    slots = _selling(session, found, quantities)
    entry = WaitingEntry(
        uuid=new_uuid(),
        secret=new_secret(),
        email=email,
        address_digest=digest_of(email.lower()),
        wish=digest_of(f"{email.lower()} {experience.id} {request.where}"),
        language=request.language,
        state=EntryState.WAITING,
        experience_id=experience.id,
        slot_id=None if isinstance(request.where, Span) else slots[0].id,
        first_date=span.first,
        last_date=span.last,
        from_local=span.from_local,
        to_local=span.to_local,
        quantities=quantities,
        people=sum(quantities.values()),
        asked_at=now,
        waits_since=now,
    )
    return entry, slots


def _slots_wanted(
    session: Session, experience_id: int, where: str | Span, zone: ZoneInfo, now: datetime
) -> Sequence[Slot]:
    """Load the coming slots that are asked for. Raises WaitingSpanInvalid."""
    offered = (Slot.experience_id == experience_id, Slot.starts_at > now, Slot.withdrawn_at.is_(None))
    coming = select(Slot).where(*offered).order_by(Slot.starts_at)
    if isinstance(where, Span):
        _require_sane(where, local_date_of(now, zone))
        in_dates = session.scalars(coming.where(Slot.local_date.between(where.first, where.last)))
        found = [slot for slot in in_dates if where.covers(slot.local_date, slot.starts_at.astimezone(zone).time())]
    else:
        found = list(session.scalars(coming.where(Slot.uuid == where)))
    if not found:
        raise WaitingSpanInvalid("Nothing starts then any more. Choose other days or times.", field="first_date")
    return found


def _require_sane(span: Span, today: date) -> None:
    if span.last < span.first:
        raise WaitingSpanInvalid("The last day is before the first.", field="last_date")
    if span.last - span.first >= timedelta(days=MOST_DAYS) or span.last < today:
        raise WaitingSpanInvalid("Choose days that lie within a month.", field="last_date")
    if span.from_local and span.to_local and span.to_local < span.from_local:
        raise WaitingSpanInvalid("The last time is before the first.", field="to_local")


def _checked(session: Session, slots: Sequence[Slot], quantities: Mapping[str, int]) -> dict[str, int]:
    """Return what is wanted by type; what no basket would take, or is more than ever fits, cannot be waited for."""
    visits = {(slot.experience_id, slot.local_date) for slot in slots}
    by_visit = offers.prices_of_visits(session, visits)
    types = {each.ticket_type.slug: each.ticket_type for sold in by_visit.values() for each in sold}
    chosen = basket.checked_quantities(quantities, {slug: each.max_per_order for slug, each in types.items()})
    most = min(MOST_PEOPLE, max(slot.capacity for slot in slots))
    if sum(chosen.values()) > most:
        basket.refuse_quantity("quantity", most)
    company.require_company(session, [{types[slug]: count for slug, count in chosen.items()}])
    return chosen


def _selling(session: Session, slots: Sequence[Slot], quantities: Mapping[str, int]) -> list[Slot]:
    """Return the slots on whose days all that is wanted is sold. Raises UnknownTicketType when there is none."""
    sold = _sold_on(session, {(slot.experience_id, slot.local_date) for slot in slots})
    selling = [slot for slot in slots if quantities.keys() <= sold[slot.experience_id, slot.local_date]]
    if not selling:
        raise basket.UnknownTicketType("These tickets are not sold together on any of these days.", field="quantity")
    return selling


def _sold_on(session: Session, visits: Collection[tuple[int, date]]) -> dict[tuple[int, date], set[str]]:
    """Return the slugs of the ticket types that are sold, by experience id and local date."""
    by_visit = offers.prices_of_visits(session, visits)
    return {visit: {each.ticket_type.slug for each in prices} for visit, prices in by_visit.items()}


def _find_by_wish(session: Session, wish: str | None) -> WaitingEntry | None:
    mine = select(WaitingEntry).where(WaitingEntry.wish == wish, WaitingEntry.state == EntryState.WAITING)
    return session.scalars(mine).one_or_none()


def _mail(session: Session, kind: str, entry: WaitingEntry, now: datetime) -> None:
    """Write the job that mails an entry's owner; the mail is never about anybody else."""
    span = int(now.timestamp()) // (MAIL_SPAN_MINUTES * 60)
    key = f"{kind.removeprefix('send_').replace('_', '-')}:{entry.uuid}:{span}"
    jobs.enqueue(session, kind, key, now=now, entry_id=entry.id, asked_at=now.isoformat())
