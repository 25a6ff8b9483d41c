"""Reads the body of a request strictly."""

from __future__ import annotations

from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from ticketing.foundation.errors import InvalidInput

Shape = TypeVar("Shape", bound=BaseModel)


class BodyInvalid(InvalidInput):
    """The body is not what the interface takes; `details["errors"]` lists the fields."""

    code = "body_invalid"


def read_body(shape: type[Shape]) -> Shape:
    """Read the body; raises BodyInvalid naming every field that is wrong, and nothing of what was sent."""
    try:
        return shape.model_validate_json(request.get_data())
    except ValidationError as error:
        problems = [
            {"field": ".".join(str(part) for part in problem["loc"]) or "body", "message": problem["msg"]}
            for problem in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise BodyInvalid("This body is not what belongs here.", errors=problems) from error
