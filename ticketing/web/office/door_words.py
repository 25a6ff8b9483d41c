"""What things that go wrong at the door are called in the office."""

from __future__ import annotations

from collections.abc import Callable

from ticketing.door.models import CheckedBy, DoorFindingKind
from ticketing.web.desk.verdict_words import CHECKED_BY
from ticketing.web.pages import N_, gettext

KINDS = {
    DoorFindingKind.DOUBLE: N_("Let in beyond the ticket"),
    DoorFindingKind.VOID: N_("Let in on a void ticket"),
    DoorFindingKind.UNKNOWN: N_("Let in on a code nobody knows"),
    DoorFindingKind.CLOSED: N_("Let in while closed"),
    DoorFindingKind.WRONG_SLOT: N_("Let in at another time"),
    DoorFindingKind.LEFT: N_("More went out than came in"),
}
ADVICE = {
    DoorFindingKind.DOUBLE: N_("A copy was used, or the ticket was read at two gates. Look who came first."),
    DoorFindingKind.VOID: N_("It was moved, cancelled or refunded. Look whether the order has another ticket."),
    DoorFindingKind.UNKNOWN: N_(
        "No ticket of ours has this code: it was forged, or is of another house. Ask who let them in."
    ),
    DoorFindingKind.CLOSED: N_("The device did not know of the closure. Ask whether these people are still inside."),
    DoorFindingKind.WRONG_SLOT: N_("The ticket was for another time. Nothing to pay; it counts as used."),
    DoorFindingKind.LEFT: N_("They came in unseen, or were counted out twice. The number inside may be too low."),
}


def door_finding_word(kind: DoorFindingKind) -> str:
    """Say what happened."""
    return gettext(KINDS[kind])


def door_finding_advice(kind: DoorFindingKind) -> str:
    """Say what to do about it."""
    return gettext(ADVICE[kind])


def checked_by_word(by: CheckedBy) -> str:
    """Say what a person went by who let somebody in after checking."""
    return gettext(CHECKED_BY[by])


WORDS: dict[str, Callable[..., str]] = {
    word.__name__: word for word in (door_finding_word, door_finding_advice, checked_by_word)
}
