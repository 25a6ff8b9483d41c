"""What our JSON interface takes and gives. The OpenAPI document is made of these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from ticketing.catalogue.reentry import Reentry
from ticketing.door.admission import MOST_ADMISSIONS, SCAN_ID_SHAPE
from ticketing.door.day_list import HASH_CHARACTERS
from ticketing.door.devices import MOST_UNSENT
from ticketing.door.late import MOST_AT_ONCE
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.web.error_words import BY_CODE, BY_STATUS

PROBLEM_CODES: list[JsonValue] = [
    *sorted(BY_CODE),
    *sorted(f"http_{status}" for status in BY_STATUS),
    "broken",
    "stale_form",
]
LONGEST_CODE = 500  # characters; a code has 26, but whatever a scanner reads deserves a verdict


class ScanBody(BaseModel):
    """One attempt at a gate."""

    model_config = ConfigDict(extra="ignore")

    code: Annotated[str, Field(max_length=LONGEST_CODE, description="what was scanned or typed")]
    gate: Annotated[
        str, Field(pattern="^[a-z0-9-]{0,40}$", description="the gate's slug; empty: the device's own gate")
    ] = ""
    direction: Direction = Direction.IN
    scanned_at: Annotated[
        AwareDatetime | None, Field(description="by the device's clock, with its offset; without it: now")
    ] = None
    scan_id: Annotated[
        str, Field(pattern=f"^{SCAN_ID_SHAPE.pattern}$", description="one for each attempt; again is the first answer")
    ]
    admissions: Annotated[int, Field(strict=True, ge=1, le=MOST_ADMISSIONS)] = 1
    stamp: Annotated[bool, Field(description="they show our stamp: they were in before")] = False


class LateScanBody(BaseModel):
    """A scan that a device judged by its list while it was cut off."""

    model_config = ConfigDict(extra="ignore")

    scan_id: Annotated[str, Field(pattern=f"^{SCAN_ID_SHAPE.pattern}$", description="one for each attempt; a UUID")]
    code_hash: Annotated[
        str, Field(pattern=f"^[0-9a-f]{{{HASH_CHARACTERS}}}$", description="of the code, as the list has it")
    ]
    gate: Annotated[
        str, Field(pattern="^[a-z0-9-]{0,40}$", description="the gate's slug; empty: the device's own gate")
    ] = ""
    direction: Direction = Direction.IN
    scanned_at: Annotated[AwareDatetime, Field(description="by the device's clock, with its offset; we set it right")]
    admissions: Annotated[int, Field(strict=True, ge=1, le=MOST_ADMISSIONS)] = 1
    verdict: Annotated[Verdict, Field(description="what the device decided: they are in, or were turned away")]
    reason: Annotated[Reason | None, Field(description="of a refusal")] = None
    stamp: Annotated[bool, Field(description="they showed our stamp: they were in before")] = False


class LateScansBody(BaseModel):
    """Scans that waited in a device."""

    model_config = ConfigDict(extra="ignore")

    scans: Annotated[list[LateScanBody], Field(max_length=MOST_AT_ONCE)]


class TallyBody(BaseModel):
    """One tap at a door without scanner."""

    model_config = ConfigDict(extra="ignore")

    tally_id: Annotated[str, Field(pattern=f"^{SCAN_ID_SHAPE.pattern}$", description="one for each tap; a UUID")]
    gate: Annotated[
        str, Field(pattern="^[a-z0-9-]{0,40}$", description="the gate's slug; empty: the device's own gate")
    ] = ""
    delta: Annotated[Literal[1, -1], Field(description="one more in, or one more out")]
    counted_at: Annotated[AwareDatetime, Field(description="by the device's clock, with its offset; we set it right")]


class TalliesBody(BaseModel):
    """Taps that waited in a device; one may also come alone, as it is."""

    model_config = ConfigDict(extra="ignore")

    tallies: Annotated[list[TallyBody], Field(max_length=MOST_AT_ONCE)]

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, told: object) -> object:
        is_alone = isinstance(told, dict) and "tally_id" in told and "tallies" not in told
        return {"tallies": [told]} if is_alone else told


class TakenBody(BaseModel):
    """The ids of what is written down, now or before: the device may forget it."""

    taken: list[str]


class TicketBody(BaseModel):
    """The ticket a code belongs to; no personal data."""

    experience: dict[str, str]
    ticket_type: dict[str, str]
    starts_at: datetime
    local_date: date
    admits_from: datetime
    admits_until: datetime
    admissions: int
    admitted: Annotated[int, Field(description="after this scan")]
    order_code: str
    reentry: Annotated[Reentry, Field(description="by what those who go out may come in again")]


class AlreadyBody(BaseModel):
    """When and where the ticket was first used."""

    at: datetime
    gate: str


class VerdictBody(BaseModel):
    """The answer to a scan."""

    verdict: Verdict
    reason: Reason | None
    ticket: TicketBody | None
    already: AlreadyBody | None = None


class GateBody(BaseModel):
    """A gate."""

    slug: str
    name: str


class EnrolmentBody(BaseModel):
    """A phone that opened an invitation: what it shall be called, and the token it made for itself."""

    model_config = ConfigDict(extra="ignore")

    secret: Annotated[str, Field(min_length=1, max_length=64, description="what stands after # in the link")]
    name: Annotated[str, Field(max_length=200)]
    token: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9_-]{43}$",
            description="256 random bits in base64url, made by the device; it sends them from now on",
        ),
    ]


class EnrolledBody(BaseModel):
    """The device as it is enrolled. The same secret and token again: the same answer."""

    name: str
    gate: GateBody


class ContactBody(BaseModel):
    """What a device tells of itself."""

    model_config = ConfigDict(extra="ignore")

    clock: Annotated[AwareDatetime, Field(description="the time by the device's clock, with its offset")]
    unsent_scans: Annotated[int, Field(strict=True, ge=0, le=MOST_UNSENT)] = 0


class ContactedBody(BaseModel):
    """What the device is called, where it stands, and how its clock goes."""

    name: str
    gate: GateBody | None
    now: datetime
    clock_ahead_seconds: Annotated[int, Field(description="negative when the device's clock is behind")]


class ListedSlot(BaseModel):
    """A slot whose tickets are listed; admits from (included) until (excluded)."""

    uuid: str
    experience: Annotated[str, Field(description="its uuid")]
    names: Annotated[dict[str, str], Field(description="of the experience, by language")]
    local_date: date
    starts_at: datetime
    admits_from: datetime
    admits_until: datetime
    reentry: Annotated[Reentry, Field(description="exit_scan: admitted less inside may come in again")]
    reentry_minutes: Annotated[int, Field(description="of a window: from the first time in")]


class ListedTicketType(BaseModel):
    """A ticket type of listed tickets."""

    uuid: str
    names: dict[str, str]


class ListedClosure(BaseModel):
    """A closure in force or planned; without an experience of the whole centre, without an end until further notice."""

    experience: str | None
    starts_at: datetime
    ends_at: datetime | None
    reasons: dict[str, str]


class DayListBody(BaseModel):
    """What a device needs to judge a day's tickets by itself; no personal data, no code that opens anything."""

    local_date: date
    cursor: Annotated[str, Field(description="for `since` of the next request")]
    is_whole: Annotated[bool, Field(description="true: replaces what the device holds; false: is laid over it")]
    slots: list[ListedSlot]
    ticket_types: list[ListedTicketType]
    closures: list[ListedClosure]
    tickets: Annotated[
        list[tuple[str, int, int, int, int, int, Literal["yes", "void", "unpaid"], datetime | None]],
        Field(
            description="each: the first 16 hexadecimal characters of the code's SHA-256; the place of its slot, then "
            "of its type, in the lists of this answer; how many it admits; how many came in; how many are inside; "
            "whether it opens; when the first of them came in, told where a window to come in again begins then"
        ),
    ]


class ClosureBody(BaseModel):
    """Why the centre is closed just now, and what to do instead, which may be left unsaid; in each language."""

    reason: dict[str, str]
    advice: dict[str, str]


class StatusBody(BaseModel):
    """Whether the centre is open, until when, and when it opens next (instants)."""

    open: bool
    until: datetime | None
    next_opening: datetime | None
    closure: ClosureBody | None


class FieldProblem(BaseModel):
    """One field that is not right."""

    field: str
    message: str


class ProblemBody(BaseModel):
    """RFC 9457: what could not be done, and what to do instead."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: str = Field(json_schema_extra={"enum": PROBLEM_CODES})
    errors: list[FieldProblem] | None = None
