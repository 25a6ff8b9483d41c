"""What cannot be done, in OCTO's words: 400 with one of its codes, the identifier that was wrong beside it."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from ticketing.catalogue.capacity import SlotNotFound
from ticketing.foundation.errors import TicketingError, TooMany, Unavailable
from ticketing.sales.resales import ResaleDiffers, ResaleNotFound

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
OF_HTTP = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 429: "UNPROCESSABLE_ENTITY"}


class Refused(Exception):
    """A request that OCTO has a code for; `echo` repeats the identifier that was wrong."""

    def __init__(self, error: str, message: str, **echo: Any) -> None:
        super().__init__(message)
        self.error, self.message, self.echo = error, message, echo


def bad_request(message: str) -> Refused:
    """Return the refusal of a request whose shape is wrong."""
    return Refused("BAD_REQUEST", message)


def set_up(blueprint: Blueprint) -> None:
    """Let every refusal of this face be answered like this."""
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(ValidationError, _misshapen)
    blueprint.register_error_handler(TicketingError, _of_room)
    blueprint.register_error_handler(HTTPException, _http)


def _refused(refusal: Refused) -> Response:
    return _answer(400, refusal.error, refusal.message, **refusal.echo)


def _misshapen(error: ValidationError) -> Response:
    """Name the fields that are wrong, and nothing of what was sent."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = (f"{'.'.join(str(part) for part in each['loc']) or 'body'}: {each['msg']}" for each in problems[:5])
    return _answer(400, "BAD_REQUEST", "; ".join(told))


def _of_room(error: TicketingError) -> Response:
    if isinstance(error, TooMany | Unavailable):
        code = "UNPROCESSABLE_ENTITY" if isinstance(error, TooMany) else "INTERNAL_SERVER_ERROR"
        response = _answer(error.status, code, error.message)
        response.headers["Retry-After"] = str(error.details.get("retry_after_seconds", RETRY_SECONDS))
        return response
    if isinstance(error, ResaleNotFound | ResaleDiffers):
        return _answer(400, "INVALID_BOOKING_UUID", error.message, uuid=_uuid_asked())
    if isinstance(error, SlotNotFound):
        return _answer(400, "INVALID_AVAILABILITY_ID", error.message, availabilityId=_told("availabilityId"))
    return _answer(400, "UNPROCESSABLE_ENTITY", error.message)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = OF_HTTP.get(status, "BAD_REQUEST" if status < 500 else "INTERNAL_SERVER_ERROR")
    response = _answer(status, code, error.description or error.name)
    response.headers.update([each for each in error.get_headers() if each[0] in ("Allow", "WWW-Authenticate")])
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def _uuid_asked() -> str:
    return str((request.view_args or {}).get("uuid") or _told("uuid"))


def _told(field: str) -> str:
    body = request.get_json(silent=True)
    return str(body.get(field, "")) if isinstance(body, dict) else ""


def _answer(status: int, code: str, message: str, **echo: Any) -> Response:
    response = jsonify({"error": code, "errorMessage": message, **echo})
    response.status_code = status
    return response
