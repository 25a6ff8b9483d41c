"""Helping people at the door who are stuck: without ticket, at the wrong time, or refused for no fault of theirs.

Whoever came at the wrong time is let in by a move to the slot that admits now, if that has places left and the house
has room; so numbers stay true. Anything else against the verdict is a supervisor's override, with reason and name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity, closures
from ticketing.catalogue.models import Slot
from ticketing.catalogue.reentry import Reentry
from ticketing.door import admission, counting, findings, presence, statements, verdict
from ticketing.door.admission import Facts, ScanAnswer, ScanRequest
from ticketing.door.gates import GateView
from ticketing.door.models import DoorFindingKind
from ticketing.door.verdict import Attempt, Direction, Judgement, Reason, Verdict
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.errors import Conflict, InvalidInput
from ticketing.sales import changes
from ticketing.sales.change_rules import StaffRules
from ticketing.sales.changes import ChangeCostsOther, Wish
from ticketing.sales.models import ChangeKind, OrderChange, OrderLine
from ticketing.tickets.models import Ticket, TicketState

LONGEST_REASON = 300
AT_WRONG_TIME = {Reason.WRONG_DAY, Reason.TOO_EARLY, Reason.TOO_LATE}
# Nobody goes around these: a closure is lifted where it was made.
NEVER_OVERRIDDEN = {Reason.CLOSED}


class NoPlaceNow(Conflict):
    """No slot admits now that has a place for them, or the house is full."""

    code = "no_place_now"


class AdmitNowCosts(Conflict):
    """The slot that admits now has another price: the difference is settled in the office."""

    code = "admit_now_costs"


class NotLetIn(Conflict):
    """The door refuses, and this way does not go around it."""

    code = "not_let_in"


class OverrideReasonMissing(InvalidInput):
    """An override needs a reason; `details["field"]` names where."""

    code = "override_reason_missing"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the door would say of a ticket now, how many of it may still come in, and by what they come in again."""

    judgement: Judgement
    left: int
    reentry: Reentry

    @property
    def may_move_here(self) -> bool:
        """Whether all of it is there and nothing but the time is wrong."""
        return self.judgement.reason in AT_WRONG_TIME

    @property
    def may_be_overridden(self) -> bool:
        """Whether a supervisor may let them in all the same."""
        return self.judgement.reason is not None and self.judgement.reason not in NEVER_OVERRIDDEN


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """The slot of an experience that admits now, and how many more it and the house hold; None without a limit."""

    slot_uuid: str
    starts_at: datetime
    free: int
    room: int | None

    def holds(self, people: int) -> bool:
        """Tell whether so many may come in."""
        return people <= self.free and (self.room is None or people <= self.room)


@dataclass(frozen=True, slots=True)
class Help:
    """Who is helped, where, and the key that makes doing it twice the same as once."""

    order_id: int
    gate: GateView
    key: str


def standings(session: Session, ticket_ids: Sequence[int], *, zone: ZoneInfo, now: datetime) -> dict[int, Standing]:
    """Judge tickets as a scan of one person each would be judged now; nothing is written."""
    rows = session.connection().execute(statements.FACTS_BY_IDS, {"ticket_ids": sorted(ticket_ids)})
    return {
        row.id: Standing(_judge(session, row, 1, zone, now), row.admissions - row.admitted, row.reentry) for row in rows
    }


def find_place_now(session: Session, experience_id: int, *, zone: ZoneInfo, now: datetime) -> PlaceNow | None:
    """Find the slot of an experience that admits now and has places left; None when there is none."""
    slots = session.execute(
        select(Slot.id, Slot.uuid, Slot.starts_at)
        .where(
            Slot.experience_id == experience_id, Slot.withdrawn_at.is_(None),
            Slot.admits_from <= now, Slot.admits_until > now,
        )
        .order_by(Slot.starts_at)
    ).all()  # fmt: skip
    free = capacity.free_places(session, [slot.id for slot in slots], now=now)
    for slot in slots:
        if free.get(slot.id, 0) > 0:
            room = presence.count(session, zone=zone, now=now).room
            return PlaceNow(slot.uuid, slot.starts_at, free[slot.id], room)
    return None


def let_in(
    session: Session, helped: Help, people: Mapping[int, int], *, has_stamp: bool, actor: Actor, zone: ZoneInfo,
    now: datetime,
) -> dict[int, ScanAnswer]:  # fmt: skip
    """Let people in on tickets they do not have with them, by ticket id; each ticket is judged like any scan."""
    own = select(Ticket.id, Ticket.code).where(Ticket.id.in_(people), Ticket.order_id == helped.order_id)
    answers = {}
    for ticket_id, code in session.execute(own.order_by(Ticket.id)).all():
        request = ScanRequest(
            f"help-{helped.key}-{ticket_id}", code, helped.gate, Direction.IN, now, people[ticket_id], has_stamp
        )
        answers[ticket_id] = admission.scan(session, request, actor, zone=zone, now=now)
    return answers


def admit_now(
    session: Session, helped: Help, ticket_ids: Sequence[int], *, actor: Actor, zone: ZoneInfo, now: datetime
) -> OrderChange:
    """Move tickets of one experience to the slot that admits now, and let their people in; again is the same act.

    Raises NoPlaceNow, AdmitNowCosts, NotLetIn, and the refusals of changes.carry_out.
    """
    known = session.scalar(select(OrderChange.id).where(OrderChange.request_key == helped.key))
    slot_uuid = None if known else _place_for(session, ticket_ids, zone, now).slot_uuid
    wish = Wish(ChangeKind.MOVE, tuple(ticket_ids), slot_uuid, reason="admitted at the door")
    try:
        change = changes.carry_out(
            session, helped.order_id, wish, StaffRules(), helped.key, shown_cents=0, actor=actor, now=now
        )
    except ChangeCostsOther as error:
        raise AdmitNowCosts("The time that admits now has another price. Move them in the office.") from error
    begun = select(Ticket.id, Ticket.admissions).join(OrderLine, OrderLine.id == Ticket.order_line_id)
    people = {
        row.id: row.admissions
        for row in session.execute(begun.where(OrderLine.change_id == change.id, Ticket.state == TicketState.VALID))
    }
    answers = let_in(session, helped, people, has_stamp=False, actor=actor, zone=zone, now=now)
    if any(answer.verdict is Verdict.REFUSE for answer in answers.values()):
        raise NotLetIn("The door refuses them at this time too. Nothing was changed.")
    return change


def override(
    session: Session,
    helped: Help,
    people: Mapping[int, int],
    reason: str,
    *,
    actor: Actor,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Let people in against the verdict, by ticket id, for a reason that is kept; again is the same act.

    Raises OverrideReasonMissing, NotLetIn where a closure holds.
    """
    why = " ".join(reason.split())
    if not 0 < len(why) <= LONGEST_REASON:
        raise OverrideReasonMissing("Say why, in at most 300 characters.", field="reason")
    locked = session.connection().execute(statements.LOCKED_FACTS_BY_IDS, {"ticket_ids": sorted(people)}).all()
    for row in locked:
        if row.order_id == helped.order_id:
            _override_one(session, helped, row, people[row.id], why, actor=actor, zone=zone, now=now)


def _place_for(session: Session, ticket_ids: Sequence[int], zone: ZoneInfo, now: datetime) -> PlaceNow:
    wanted = session.execute(
        select(Slot.experience_id, Ticket.admissions)
        .join(Slot, Slot.id == Ticket.slot_id)
        .where(Ticket.id.in_(ticket_ids))
    ).all()
    experiences = {row.experience_id for row in wanted}
    place = find_place_now(session, experiences.pop(), zone=zone, now=now) if len(experiences) == 1 else None
    if place is None or not place.holds(sum(row.admissions for row in wanted)):
        raise NoPlaceNow("No time that admits now has a place for them, or the house is full.")
    return place


def _judge(session: Session, row: Facts, people: int, zone: ZoneInfo, now: datetime) -> Judgement:
    attempt = Attempt(Direction.IN, people, now, local_date_of(now, zone))
    facts = admission.facts_of(row, admitted=row.admitted, inside=0)
    return verdict.judge(facts, attempt, closures.spans(session, now=now))


def _override_one(
    session: Session, helped: Help, row: Facts, people: int, why: str, *, actor: Actor, zone: ZoneInfo, now: datetime
) -> None:
    judgement = _judge(session, row, people, zone, now)
    if judgement.reason in NEVER_OVERRIDDEN:
        raise NotLetIn("A closure holds. Whoever made it lifts it; the door does not go around it.")
    connection = session.connection()
    scan = {
        "scan_id": f"staff:{actor.id}:override-{helped.key}-{row.id}", "ticket_id": row.id, "code_digest": row.digest,
        "gate_id": helped.gate.id, "device_id": None, "staff_id": actor.id, "direction": Direction.IN,
        "verdict": Verdict.ADMIT, "reason": None, "admissions": people, "came_back": 0, "has_stamp": False,
        "scanned_at": now, "received_at": now,
    }  # fmt: skip
    scan_id = connection.execute(statements.NOTE[connection.dialect.name], scan).scalar_one_or_none()
    if scan_id is None:
        return  # done before
    counting.settle(session, {row.id}, now=now)
    if judgement.reason in (Reason.VOID, Reason.UNPAID):
        findings.note(session, DoorFindingKind.VOID, scan_id, row.id, people, now=now)
        session.flush()
    findings.resolve_of_scan(session, scan_id, why, actor=actor, now=now)
    audit.record(
        session, "ticket.admitted_by_override", session.get_one(Ticket, row.id), actor=actor, now=now,
        against=judgement.reason.value if judgement.reason else "", people=people, gate=helped.gate.slug, reason=why,
    )  # fmt: skip
