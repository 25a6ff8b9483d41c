"""The doors people go through."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.door.models import Gate
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput

LONGEST_NAME, LONGEST_SLUG = 80, 40


class UnknownGate(InvalidInput):
    """No gate has this name; a device has to be told which one it stands at."""

    code = "unknown_gate"


class GateInvalid(InvalidInput):
    """A gate needs a name that can be read out."""

    code = "gate_invalid"


class GateExists(Conflict):
    """There is a gate of this name."""

    code = "gate_exists"


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate as a scan needs it."""

    id: int
    slug: str
    name: str


def list_gates(session: Session) -> list[GateView]:
    """Load every gate, in the order they were added."""
    return [GateView(*row) for row in session.execute(select(Gate.id, Gate.slug, Gate.name).order_by(Gate.id))]


def ids_by_slug(session: Session) -> dict[str, int]:
    """Load the id of every gate by its slug."""
    return {gate.slug: gate.id for gate in list_gates(session)}


def get_gate(session: Session, slug: str) -> GateView:
    """Load a gate by its slug; raises UnknownGate."""
    row = None
    if slug and slug.isprintable():
        row = session.execute(select(Gate.id, Gate.slug, Gate.name).where(Gate.slug == slug)).one_or_none()
    if row is None:
        raise UnknownGate("There is no such gate. Choose one of the list.", field="gate")
    return GateView(*row)


def add_gate(session: Session, name: str, *, actor: Actor, now: datetime) -> GateView:
    """Open one more gate; its slug is made of its name. Raises GateInvalid, GateExists."""
    name = " ".join(name.split())
    slug = _slug_of(name)
    if not slug or len(name) > LONGEST_NAME or not name.isprintable():
        raise GateInvalid("Give the gate a name of at most 80 characters.", field="name")
    gate = Gate(slug=slug, name=name)
    try:
        with session.begin_nested():
            session.add(gate)
    except IntegrityError as error:
        raise GateExists("There is a gate of this name already.", field="name") from error
    audit.record(session, "gate.added", gate, actor=actor, now=now, slug=slug)
    return GateView(gate.id, gate.slug, gate.name)


def _slug_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
