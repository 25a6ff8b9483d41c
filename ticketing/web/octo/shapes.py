"""What OCTO's requests look like. What a field means is decided where it is used; here only its shape."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from flask import request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

Shape = TypeVar("Shape", bound=BaseModel)
Text = Annotated[str, Field(max_length=250, pattern=r"^[^\x00]*$")]
Reference = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Notes = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Day = Annotated[date, Field(strict=True)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=100_000)]
MOST_UNITS = 200  # an order takes fewer; that is the room's to say


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)


class ContactBody(_Body):
    """Who comes, as far as the reseller tells."""

    full_name: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    email_address: Text | None = None
    phone_number: Text | None = None
    locales: Annotated[list[Text], Field(max_length=20)] | None = None
    postal_code: Text | None = None
    country: Text | None = None
    notes: Notes | None = None


class UnitItemBody(_Body):
    """One ticket that is wanted."""

    uuid: UUID | None = None
    unit_id: Text = ""
    reseller_reference: Reference | None = None
    contact: ContactBody | None = None


class UpdateBody(_Body):
    """What a booking shall become; what is missing stays."""

    reseller_reference: Reference | None = None
    product_id: Text | None = None
    option_id: Text | None = None
    availability_id: Text | None = None
    expiration_minutes: Minutes | None = None
    notes: Notes | None = None
    email_receipt: bool | None = None
    unit_items: Annotated[list[UnitItemBody], Field(max_length=MOST_UNITS)] | None = None
    contact: ContactBody | None = None

    @field_validator("unit_items")
    @classmethod
    def _once_each(cls, items: list[UnitItemBody] | None) -> list[UnitItemBody] | None:
        named = [item.uuid for item in items or [] if item.uuid]
        if len(named) > len(set(named)):
            raise ValueError("two units have the same uuid")
        return items


class ReservationBody(UpdateBody):
    """A booking that is wanted."""

    uuid: UUID | None = None
    product_id: Text
    option_id: Text


class ExtensionBody(_Body):
    """How long the places are to be kept from now."""

    expiration_minutes: Minutes | None = None


class CancellationBody(_Body):
    """Why."""

    reason: Text | None = None


class WantedUnits(_Body):
    """How many of a unit are wanted."""

    id: Text
    quantity: Annotated[int, Field(strict=True, ge=0, le=10_000)]


class CalendarBody(_Body):
    """Days that are asked about."""

    product_id: Text
    option_id: Text
    local_date_start: Day
    local_date_end: Day
    units: Annotated[list[WantedUnits], Field(max_length=50)] | None = None


class AvailabilityBody(_Body):
    """Days, one day, or slots that are asked about."""

    product_id: Text
    option_id: Text
    local_date: Day | None = None
    local_date_start: Day | None = None
    local_date_end: Day | None = None
    availability_ids: Annotated[list[Text], Field(max_length=100)] | None = None
    units: Annotated[list[WantedUnits], Field(max_length=50)] | None = None


class BookingsQuery(_Body):
    """By what bookings are looked for."""

    reseller_reference: Reference | None = None
    supplier_reference: Reference | None = None
    local_date: date | None = None
    local_date_start: date | None = None
    local_date_end: date | None = None


def read(shape: type[Shape]) -> Shape:
    """Read the body; pydantic's refusal is answered by refusals.py."""
    return shape.model_validate_json(request.get_data() or b"{}")


def as_contact(body: ContactBody | None) -> dict[str, Any] | None:
    """Return what was told of a person, to be kept."""
    return body.model_dump(by_alias=True, exclude_none=True) if body else None
