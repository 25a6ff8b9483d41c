"""What every answer carries so that a browser helps us: policy headers, cookies, CSRF."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, abort, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings

csrf = CSRFProtect()

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self' https://checkout.stripe.com",  # the pay button's redirect counts as a form action
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # an order's address is a key to it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}
NUL = "\0"
# What is only ever kept as its digest may hold anything: whatever a scanner reads gets a verdict.
DIGESTED = {("desk.scan", "code")}
YEAR_SECONDS = 31_536_000
LARGEST_BODY = 256 * 1024  # bytes; no form or report of ours is larger


def set_up(app: Flask, settings: Settings) -> None:
    """Harden cookies and bodies, switch on CSRF, and put the headers on every answer."""
    app.secret_key = settings.secret_key
    app.config.update(
        SESSION_COOKIE_NAME="__Host-foyer" if settings.is_production else "foyer",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch is not an attack
    )
    csrf.init_app(app)
    if settings.is_production:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.before_request(_refuse_nul)
    headers = dict(HEADERS)
    if settings.is_production:
        headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"

    @app.after_request
    def put_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _refuse_nul() -> None:
    """No text of ours holds a NUL, and PostgreSQL takes none: such an address leads nowhere, such a form is refused."""
    if NUL in request.path:
        abort(404)
    fields = [value for name, value in request.form.items(multi=True) if (request.endpoint, name) not in DIGESTED]
    if any(NUL in value for value in (*request.args.values(), *fields)):
        abort(400)
