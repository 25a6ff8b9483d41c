"""Remembers rendered public pages for as long as nothing at all has been written, and never into another second.

A page is remembered under its address, its audience, the database's revision and the second of the clock: a closure, a
sale or a changed text shows on the very next request, in every process, and a slot that has just passed does too.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Response, make_response, request

from ticketing.web import audiences, edge
from ticketing.web.compression import compressed

MOST_PAGES = 500
PUBLIC = "public, max-age=0, must-revalidate"

View = Callable[..., Any]
_lock = threading.Lock()
_makers = tuple(threading.RLock() for _ in range(64))
_pages: dict[tuple[Any, ...], tuple[bytes, str]] = {}


def remembered(view: View) -> View:
    """Answer from memory when the same page was rendered in this second and nothing has been written since.

    Only for pages that are the same for everybody of an audience: no form with a token, nothing else out of a cookie.
    """

    @compressed
    @functools.wraps(view)
    def answer(**arguments: Any) -> Response:
        services = edge.services()
        moment = int(edge.now().timestamp())
        key = (services.database, request.full_path, edge.revision(), moment, audiences.chosen())
        response = _known(key)
        if response is None:
            with _maker_of(key):  # one makes the page; whoever asks meanwhile waits for it instead of making it too
                response = _known(key) or _made(view, arguments, key)
        response.headers["Cache-Control"] = PUBLIC
        response.headers["Vary"] = "Cookie"
        return response

    return answer


def _known(key: tuple[Any, ...]) -> Response | None:
    page = _pages.get(key)
    return Response(page[0], content_type=page[1]) if page else None


def _made(view: View, arguments: dict[str, Any], key: tuple[Any, ...]) -> Response:
    response = make_response(view(**arguments))
    if response.status_code == 200:
        _remember(key, (response.get_data(), response.content_type))
    return response


def _maker_of(key: tuple[Any, ...]) -> AbstractContextManager[Any]:
    return _makers[hash(key) % len(_makers)]


def _remember(key: tuple[Any, ...], page: tuple[bytes, str]) -> None:
    with _lock:
        if len(_pages) >= MOST_PAGES or any(known[3] != key[3] for known in list(_pages)[:1]):
            _pages.clear()
        _pages[key] = page
