"""Turns what cannot be done into an answer in the face's own form: a page, problem+json. No view catches for itself."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException, InternalServerError

from ticketing.foundation.errors import TicketingError
from ticketing.foundation.identifiers import new_order_code
from ticketing.web import edge
from ticketing.web.error_words import Words, words_for_code, words_for_status
from ticketing.web.ways_on import is_for_staff, picture_of, ways_on

log = logging.getLogger(__name__)

MACHINE_FACES = ("/api/", "/octo/", "/hooks/")
RETRY_SECONDS = 5
LAST_RESORT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><h1>{title}</h1><p>{sentence}</p><p>{reference}</p></html>"
)


def set_up(app: Flask) -> None:
    """Register the four ways a request can end badly."""
    app.register_error_handler(TicketingError, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _refused(error: TicketingError) -> Response:
    return _answer(error.status, error.code, words_for_code(error), error.details)


def _stale_form(error: CSRFError) -> Response:
    return _answer(400, "stale_form", words_for_status("stale_form"), {})


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    details: dict[str, Any] = {}
    if isinstance(error, RateLimitExceeded):
        details["retry_after_seconds"] = 60
    response = _answer(error.code, f"http_{error.code}", words_for_status(str(error.code)), details)
    told = {name: value for name, value in error.get_headers() if name in ("Allow", "WWW-Authenticate")}
    response.headers.update(told)
    if error.code == 413:  # the rest of the body is not read, so nothing can follow it
        response.headers["Connection"] = "close"
    return response


def _broken(error: Exception) -> Response:
    reference = new_order_code()  # short enough to be read out on the telephone
    log.exception("unexpected error, reference %s, %s", reference, request.endpoint)
    return _answer(InternalServerError.code, "broken", words_for_status("500"), {"reference": reference})


def _answer(status: int, code: str, words: Words, details: dict[str, Any]) -> Response:
    if request.path.startswith(MACHINE_FACES) or request.is_json:
        response = _problem(status, code, words, details)
    else:
        response = make_response(_page_or_less(status, code, words, details), status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(details.get("retry_after_seconds", RETRY_SECONDS))
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(status: int, code: str, words: Words, details: dict[str, Any]) -> Response:
    """RFC 9457, with our code and machine-readable details beside it."""
    body = {"type": "about:blank", "title": words.title, "status": status, "detail": words.sentence, "code": code}
    response = jsonify({**details, **body})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _page_or_less(status: int, code: str, words: Words, details: dict[str, Any]) -> str:
    """Render the page; without its frame when we are in trouble ourselves, and as plain HTML when even that fails."""
    shown = {"status_code": status, "code": code, "words": words, "details": details}
    try:
        shown |= {"picture": picture_of(status), "ways": ways_on(status, code)}
        return _frameless(**shown) if status >= 500 else _framed(**shown)
    except Exception:  # whatever broke the page must not break the answer
        log.exception("the error page itself could not be rendered")
        reference = escape(str(details.get("reference", "")))
        return LAST_RESORT.format(title=escape(words.title), sentence=escape(words.sentence), reference=reference)


def _framed(**shown: Any) -> str:
    """Render it in the face's frame, whose facts are read from the database; without them when they cannot be read."""
    try:
        return render_template(f"{'office' if is_for_staff() else 'site'}/error.html", **shown)
    except Exception:  # the frame's facts: the database may be away
        log.exception("the frame of the error page could not be rendered")
        return _frameless(**shown)


def _frameless(**shown: Any) -> str:
    """Render it past Flask's context processors, which ask the database: from nothing but templates and settings."""
    template = current_app.jinja_env.get_template("shared/broken.html")
    return template.render(
        language=edge.language(),
        centre_name=edge.services().settings.centre_name,
        face="office" if is_for_staff() else "site",
        start_url="/",
        **shown,
    )
