"""Who acts. An actor is an argument of every act and a field of every audit entry, never a global."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of actors there are."""

    VISITOR = "visitor"  # anyone on the public site
    STAFF = "staff"  # a signed-in person
    DEVICE = "device"  # an enrolled scanner
    RESELLER = "reseller"  # an OCTO key
    SYSTEM = "system"  # the worker, a command, the payment provider's report


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the kind, the row behind it where there is one, and a name fit for the audit log."""

    kind: ActorKind
    id: int | None = None
    name: str = ""


VISITOR = Actor(ActorKind.VISITOR)


def staff(account_id: int, name: str) -> Actor:
    """Name a signed-in person as the actor."""
    return Actor(ActorKind.STAFF, account_id, name)


def device(device_id: int, name: str) -> Actor:
    """Name an enrolled scanner as the actor."""
    return Actor(ActorKind.DEVICE, device_id, name)


def reseller(reseller_id: int, name: str) -> Actor:
    """Name a reseller, by one of their keys, as the actor."""
    return Actor(ActorKind.RESELLER, reseller_id, name)


def system(name: str) -> Actor:
    """Name a part of the system ("worker", "cli", "provider") as the actor."""
    return Actor(ActorKind.SYSTEM, None, name)
