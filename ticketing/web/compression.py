"""Makes answers small on their way, where that can betray nothing: files, and pages that are the same for everybody.

A page that holds a form's token or an order's secret is never compressed: whoever can put words into it and watch its
length could guess the secret letter by letter (BREACH). So nothing is, unless its view says so by `compressed`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response
from flask_compress import Compress

ALGORITHMS = ["zstd", "br", "gzip"]  # the quickest first; each is chosen only when the browser names it
KINDS = [
    "text/html", "text/css", "text/plain", "text/javascript", "text/calendar", "application/json", "application/xml",
    "application/manifest+json", "application/wasm", "image/svg+xml",
]  # fmt: skip
SMALLEST = 800  # bytes; below that it is one packet either way

_compress = Compress()


def set_up(app: Flask) -> None:
    """Compress static files; views join by `compressed`."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_ALGORITHM=ALGORITHMS,
        COMPRESS_MIMETYPES=KINDS,
        COMPRESS_MIN_SIZE=SMALLEST,
    )
    _compress.init_app(app)
    app.view_functions["static"] = compressed(_whole(app))


def _whole(app: Flask) -> Callable[..., Response]:
    """Read a file that is going to be compressed at once, so that its answer has a length and the file is closed."""

    def answer(filename: str) -> Response:
        response = app.send_static_file(filename)
        if response.mimetype in KINDS and response.status_code == 200:
            with response:
                response.direct_passthrough = False
                response.set_data(response.get_data())
        return response

    return answer


def compressed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view's answers be compressed; only for what is the same for everybody and holds no secret."""
    return _compress.compressed()(view)
