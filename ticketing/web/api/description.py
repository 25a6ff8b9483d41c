"""The OpenAPI 3.1 document, made of the shapes that really read and write the bodies."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ticketing.web.api.shapes import (
    ContactBody,
    ContactedBody,
    DayListBody,
    EnrolledBody,
    EnrolmentBody,
    LateScansBody,
    ProblemBody,
    ScanBody,
    StatusBody,
    TakenBody,
    TalliesBody,
    VerdictBody,
)

SHAPES: tuple[tuple[type[BaseModel], Any], ...] = (
    (ScanBody, "validation"),
    (VerdictBody, "serialization"),
    (LateScansBody, "validation"),
    (TakenBody, "serialization"),
    (TalliesBody, "validation"),
    (EnrolmentBody, "validation"),
    (EnrolledBody, "serialization"),
    (ContactBody, "validation"),
    (ContactedBody, "serialization"),
    (DayListBody, "serialization"),
    (StatusBody, "serialization"),
    (ProblemBody, "serialization"),
)
PROBLEMS = {
    "400": "the request makes no sense",
    "401": "no device has this token, or it was revoked: forget every list and every token",
    "409": "this scan id was used for another scan, or this name for another device",
    "410": "this invitation is over",
    "413": "the body is longer than 256 kB",
    "422": "a field is missing or wrong; `errors` or `field` names it",
    "429": "too many requests; Retry-After says when to come back",
    "503": "busy; nothing is lost, send it again with the same scan id",
}

DEVICES_PROBLEMS = ("400", "401", "413", "422", "429", "503")


@functools.cache
def document() -> dict[str, Any]:
    """Return the whole document; the same for the life of the process."""
    _, schemas = models_json_schema(list(SHAPES), ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Foyer",
            "version": "1",
            "description": "Ticketing of a science centre: is it open, and may this ticket pass.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/api/v1"}],
        "paths": {
            "/status": {"get": _status()},
            "/scans": {"post": _scan()},
            "/scans/late": {"post": _late_scans()},
            "/tallies": {"post": _tallies()},
            "/devices": {"post": _enrolment()},
            "/devices/contacts": {"post": _contact()},
            "/devices/list": {"get": _day_list()},
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"device": {"type": "http", "scheme": "bearer"}},
        },
    }


def _status() -> dict[str, Any]:
    return {
        "operationId": "getStatus",
        "summary": "Is the centre open now, until when, and when does it open next?",
        "security": [],
        "responses": {"200": _json("the state of this second", "StatusBody"), **_problems("503")},
    }


def _scan() -> dict[str, Any]:
    return {
        "operationId": "createScan",
        "summary": "Judge a ticket at a gate and count the admission.",
        "description": "A refusal is an answer, not an error. The same scan_id again returns the first answer.",
        "security": [{"device": []}],
        "requestBody": _body("ScanBody"),
        "responses": {"200": _json("the verdict", "VerdictBody"), **_problems(*DEVICES_PROBLEMS, "409")},
    }


def _late_scans() -> dict[str, Any]:
    return {
        "operationId": "createLateScans",
        "summary": "Tell of scans that were judged by the list, without a network.",
        "description": "Nothing is refused: people are in. Sent again, in any order, it has the same effect as once. "
        "Of many codes that no ticket has only some are taken at once, and the answer is 429 when none can be: keep "
        "what `taken` does not name, and send it again after a minute. "
        "Tell your clock first (createContact): times are set right by it.",
        "security": [{"device": []}],
        "requestBody": _body("LateScansBody"),
        "responses": {"200": _json("written down", "TakenBody"), **_problems(*DEVICES_PROBLEMS)},
    }


def _tallies() -> dict[str, Any]:
    return {
        "operationId": "createTallies",
        "summary": "Count people at a door without scanner, tap by tap.",
        "description": "Each tap counts once, however often it is sent. One may come without the list around it.",
        "security": [{"device": []}],
        "requestBody": _body("TalliesBody"),
        "responses": {"200": _json("written down", "TakenBody"), **_problems(*DEVICES_PROBLEMS)},
    }


def _enrolment() -> dict[str, Any]:
    return {
        "operationId": "createDevice",
        "summary": "Become a scanner by a manager's invitation, good once and for ten minutes.",
        "security": [],
        "requestBody": _body("EnrolmentBody"),
        "responses": {
            "201": _json("enrolled", "EnrolledBody"),
            **_problems("400", "409", "410", "413", "422", "429", "503"),
        },
    }


def _contact() -> dict[str, Any]:
    return {
        "operationId": "createContact",
        "summary": "Tell how the device is: its clock, and how many scans wait in it.",
        "security": [{"device": []}],
        "requestBody": _body("ContactBody"),
        "responses": {"200": _json("noted", "ContactedBody"), **_problems(*DEVICES_PROBLEMS)},
    }


def _day_list() -> dict[str, Any]:
    since = {
        "name": "since", "in": "query", "required": False, "schema": {"type": "string"},
        "description": "the cursor of an earlier answer; a cursor of another day gets the whole list",
    }  # fmt: skip
    return {
        "operationId": "getDayList",
        "summary": "What a device needs to judge today's tickets without a network, or what has changed of it.",
        "description": "Answers carry an ETag. Ask each minute with `since`; lay changes over what you hold.",
        "security": [{"device": []}],
        "parameters": [since],
        "responses": {
            "200": _json("the list", "DayListBody"),
            "304": {"description": "nothing has changed since the answer that If-None-Match names"},
            **_problems("401", "429", "503"),
        },
    }


def _body(shape: str) -> dict[str, Any]:
    return {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
    }


def _problems(*statuses: str) -> dict[str, Any]:
    return {status: _json(PROBLEMS[status], "ProblemBody", "application/problem+json") for status in statuses}


def _json(meaning: str, shape: str, content_type: str = "application/json") -> dict[str, Any]:
    return {
        "description": meaning,
        "content": {content_type: {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
    }
