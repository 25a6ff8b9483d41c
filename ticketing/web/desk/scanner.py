"""The scanner as an app: a shell with nothing personal in it, its files, and what keeps them in a phone.

What a phone is stands in the phone (static/js/scanner/). Its scripts import one another by their places, so their
address carries the digest of them all: an upgrade gives every file a new address at once.
"""

from __future__ import annotations

import functools
import hashlib
import json

from flask import Blueprint, Response, render_template, url_for
from werkzeug.exceptions import NotFound

from ticketing.door.admission import MOST_ADMISSIONS
from ticketing.web import access, edge, security
from ticketing.web.compression import compressed
from ticketing.web.desk.scanner_words import checked_by_words, phone_words
from ticketing.web.pages import STATIC, asset, gettext

READER = "js/scanner/reader.js"
APP_FILES = tuple(
    sorted(
        path.relative_to(STATIC).as_posix()
        for folder in ("js/scanner", "vendor/zxing-wasm")
        for path in (STATIC / folder).rglob("*")
        if path.suffix in {".js", ".wasm"}
    )
)
# Only the worker that reads pictures compiles WebAssembly, and a worker obeys the policy of its own file.
READER_POLICY = security.POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
OPEN_BECAUSE = "a shell that is the same for everybody; what it asks of the house, it asks with the phone's token"
YEAR_SECONDS = 31_536_000


def add_to(blueprint: Blueprint) -> None:
    """Put the app at its addresses."""
    blueprint.add_url_rule("/scanner/", view_func=scanner_page)
    blueprint.add_url_rule("/scanner/worker.js", view_func=scanner_worker)
    blueprint.add_url_rule("/scanner/app.webmanifest", view_func=scanner_manifest)
    blueprint.add_url_rule("/scanner/files/<version>/<path:name>", view_func=compressed(scanner_file))


@access.open_to_all(OPEN_BECAUSE)
def scanner_page() -> str:
    return _shell()


@access.open_to_all(OPEN_BECAUSE)
def scanner_worker() -> Response:
    """Tell the browser what to keep so that the scanner opens without a network: the shell, and nothing it learns."""
    kept = [
        url_for(".scanner_page"),
        *(app_file(name) for name in APP_FILES),
        *(asset(name) for name in ("css/foyer.css", "css/scanner.css", "img/favicon.svg")),
        *(url_for("static", filename=f"fonts/{name}.woff2") for name in ("bricolage", "atkinson")),
    ]
    version = hashlib.sha256((_shell() + json.dumps(kept)).encode()).hexdigest()[:16]
    script = render_template("desk/scanner_worker.js", version=version, shell=kept[0], kept=kept)
    response = Response(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@access.open_to_all(OPEN_BECAUSE)
def scanner_manifest() -> Response:
    """Describe the app to a phone that puts it among its own."""
    icons = [(f"img/scanner-{side}.png", f"{side}x{side}") for side in (192, 512)]
    manifest = {
        "name": gettext("Scanner") + " · " + edge.services().settings.centre_name,
        "short_name": gettext("Scanner"),
        "id": url_for(".scanner_page"),
        "start_url": url_for(".scanner_page"),
        "scope": url_for(".scanner_page"),
        "display": "standalone",
        "orientation": "portrait",
        "lang": edge.language(),
        "background_color": "#12101f",
        "theme_color": "#12101f",
        "icons": [
            {"src": asset(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes in icons
            for purpose in ("any", "maskable")
        ],
    }
    return Response(json.dumps(manifest), content_type="application/manifest+json")


@access.open_to_all(OPEN_BECAUSE)
def scanner_file(version: str, name: str) -> Response:
    """Serve a file of the app. One that is asked for by an older address is not remembered under it."""
    if name not in APP_FILES:
        raise NotFound
    response = Response((STATIC / name).read_bytes(), content_type=_kind_of(name))
    is_current = version == _version()
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable" if is_current else "no-cache"
    if name == READER:
        response.headers["Content-Security-Policy"] = READER_POLICY
    return response


def app_file(name: str) -> str:
    """Return the address of one of the app's files."""
    return url_for("desk.scanner_file", version=_version(), name=name)


def _shell() -> str:
    return render_template(
        "desk/scanner.html",
        words=phone_words(),
        checked_by=checked_by_words(),
        zone=edge.services().zone.key,
        most_admissions=MOST_ADMISSIONS,
        app_file=app_file,
    )


@functools.cache
def _version() -> str:
    whole = hashlib.sha256()
    for name in APP_FILES:
        whole.update((STATIC / name).read_bytes())
    return whole.hexdigest()[:12]


def _kind_of(name: str) -> str:
    return "application/wasm" if name.endswith(".wasm") else "text/javascript; charset=utf-8"
