"""Who may do what: staff by a session on the server, devices and resellers by a bearer token, a decorator on routes.

The cookie carries nothing but the session's token, through Flask-Login; the row behind it decides.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import flask_login
from flask import Flask, g, redirect, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from ticketing.door import devices
from ticketing.door.devices import DeviceAtGate
from ticketing.foundation import actors
from ticketing.foundation.database import DatabaseAway
from ticketing.foundation.errors import NotAllowed
from ticketing.foundation.identifiers import digest_of
from ticketing.sales import resellers
from ticketing.sales.reseller_models import Reseller
from ticketing.staff import accounts, passwords
from ticketing.staff.accounts import BadCredentials
from ticketing.staff.models import Role, StaffSession
from ticketing.staff.roles import Permission, allows, least_role
from ticketing.web import edge, limits

View = Callable[..., Any]

# What a session keeps over signing in and out: the gate belongs to the machine, not to the person.
KEPT = ("gate",)
OWN_PAGE = re.compile(r"/(desk|office)(/[A-Za-z0-9/_-]*)?(\?[A-Za-z0-9=&_.:%-]*)?")
STAFF_FACES = ("/desk", "/office")  # their pages, also the ones that are not there, know who asks
_known_digests: set[str] = set()  # of tokens that belonged to a device when they were last seen
BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{20,100})", re.IGNORECASE)


class NeedsRole(NotAllowed):
    """This needs another role; the code and `details["role"]` name the least that would do."""

    code = "needs_manager"


@dataclass(frozen=True)
class SignedIn:
    """Somebody signed in; Flask-Login knows them by the token of their session."""

    token: str
    session_id: int
    account_id: int
    name: str
    role: Role
    language: str

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return what the cookie keeps."""
        return self.token

    def may(self, permission: str) -> bool:
        """Tell whether their role covers this; templates ask by name."""
        return allows(self.role, Permission(permission))


def set_up(app: Flask) -> None:
    """Let Flask-Login find people by their session's token."""
    manager = flask_login.LoginManager()
    manager.session_protection = None  # the row ends a session; a phone that changes networks does not
    manager.user_loader(_load)
    manager.init_app(app)

    @app.before_request
    def know_staff() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if request.path.startswith(STAFF_FACES) and not hasattr(view, "works_alone"):
            current_staff()
            _make_room_for_upload(view)


def requires(permission: Permission) -> Callable[[View], View]:
    """Let a view through only for staff whose role has this permission; the others sign in or learn whom to ask."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(*arguments: Any, **values: Any) -> Any:
            staff = current_staff()
            if staff is None:
                return _lead_to_sign_in()
            if not allows(staff.role, permission):
                role = least_role(permission)
                raise NeedsRole("Ask somebody with the right role.", code=f"needs_{role.value}", role=role.value)
            return view(*arguments, **values)

        guarded.needs = permission  # type: ignore[attr-defined]  # walked by tests/house
        return guarded

    return guard


def works_alone(view: View) -> View:
    """Let a view through without the database: the signed cookie of who signed in here is enough while that is away.

    For pages that must not fail, and that show nothing personal. It goes around `requires`.
    """

    @functools.wraps(view)
    def alone(*arguments: Any, **values: Any) -> Any:
        try:
            return view(*arguments, **values)
        except DatabaseAway:
            if "_user_id" not in session:
                raise
            return inspect.unwrap(view)(*arguments, **values)

    alone.works_alone = True  # type: ignore[attr-defined]  # asked before every request
    return alone


def takes_upload(largest_body: int) -> Callable[[View], View]:
    """Let a view receive a body of so many bytes, from those who may use it; everybody else keeps the small limit."""

    def mark(view: View) -> View:
        view.largest_body = largest_body  # type: ignore[attr-defined]  # read before the form is
        return view

    return mark


def open_to_all(reason: str) -> Callable[[View], View]:
    """Mark a view that changes something and yet asks no permission, and say why that is right."""

    def mark(view: View) -> View:
        view.open_because = reason  # type: ignore[attr-defined]  # walked by tests/house
        return view

    return mark


def current_staff() -> SignedIn | None:
    """Return who is signed in, and make them the actor and their language the language of this request."""
    if "staff" not in g:
        user = flask_login.current_user
        g.staff = cast(SignedIn, user._get_current_object()) if user.is_authenticated else None
        if g.staff is not None:
            g.actor = actors.staff(g.staff.account_id, g.staff.name)
            g.setdefault("language", g.staff.language)
    return cast("SignedIn | None", g.staff)


def sign_in(email: str, password: str) -> SignedIn:
    """Check a password outside any transaction, open a session under a fresh token, and put only that in the cookie.

    Raises BadCredentials, after the same work for a known and an unknown address.
    """
    with edge.reading() as reading:
        credentials = accounts.find_credentials(reading, email)
    is_right = passwords.is_right(credentials.password_hash, password)
    if not is_right or credentials.account_id is None:
        raise BadCredentials("This address and password do not belong together.")
    old_token = session.get("_user_id")
    with edge.transaction() as writing:
        if isinstance(old_token, str):
            accounts.sign_out(writing, old_token, actor=edge.actor(), now=edge.now())
        token = accounts.open_session(writing, credentials.account_id, now=edge.now())
    _forget()
    with edge.reading() as reading:
        found = accounts.find_session(reading, token, now=edge.now())
    assert found is not None, "the session was opened in this request"
    signed_in = _signed_in(token, found)
    flask_login.login_user(signed_in)
    g.pop("staff", None)
    return signed_in


def sign_out() -> None:
    """End the session on the server, then forget it here."""
    staff = current_staff()
    if staff is not None:
        with edge.transaction() as writing:
            accounts.sign_out(writing, staff.token, actor=edge.actor(), now=edge.now())
    flask_login.logout_user()
    _forget()


def own_page(address: str | None, otherwise: str) -> str:
    """Return an address to go on to if it is a staff page of ours, else another: nobody is led elsewhere."""
    return address if address and OWN_PAGE.fullmatch(address) and "//" not in address else otherwise


def turn_strangers_away() -> None:
    """Answer 401 to who carries no device's token, before anything is read of them or any lock is taken.

    Who was known a moment ago is let through without asking again: the transaction of the act judges every token.
    """
    token = _bearer()
    if token is None or digest_of(token) not in _known_digests:
        with edge.reading() as reading:
            device_from_bearer(reading, "")


def who_asks() -> str:
    """Name whose requests are counted together: a token's, or those of a network without one."""
    return request.headers.get("Authorization", "")[:120] or f"nobody at {request.remote_addr}"


def device_from_bearer(reading: Session, gate_slug: str) -> DeviceAtGate:
    """Return the device whose token the request carries, with the gate it scans at.

    401 for any other token, and 429 when a network sends many of those.
    """
    token = _bearer()
    device = devices.find_device(reading, token, gate_slug) if token else None
    if token is None or device is None:
        _known_digests.discard(digest_of(token or ""))
        limits.count_stranger(request.remote_addr or "")
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "devices"}))
    _known_digests.add(digest_of(token))  # as many as there are devices
    g.actor = actors.device(device.id, device.name)
    return device


def reseller_from_bearer(reading: Session) -> Reseller:
    """Return the reseller whose key the request carries, and make them the actor; refuses others as devices are."""
    token = _bearer()
    reseller = resellers.find_by_key(reading, token) if token else None
    if reseller is None:
        limits.count_stranger(request.remote_addr or "")
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "resellers"}))
    g.actor = actors.reseller(reseller.id, reseller.name)
    return reseller


def _bearer() -> str | None:
    match = BEARER.fullmatch(request.headers.get("Authorization", ""))
    return match[1] if match else None


def _load(token: str) -> SignedIn | None:
    """Find the session of a token, and note now and then that it is in use."""
    now = edge.now()
    with edge.reading() as reading:
        found = accounts.find_session(reading, token, now=now)
    if found is None:
        return None
    if accounts.is_due_for_touch(found, now):
        with edge.transaction() as writing:
            accounts.touch(writing, found.id, now=now)
    return _signed_in(token, found)


def _signed_in(token: str, found: StaffSession) -> SignedIn:
    account = found.account
    return SignedIn(token, found.id, account.id, account.name, account.role, account.language)


def _make_room_for_upload(view: View | None) -> None:
    """Raise the limit of this one request, before anything reads its form."""
    largest_body, staff = getattr(view, "largest_body", None), current_staff()
    if largest_body and staff and allows(staff.role, getattr(view, "needs", None)):  # type: ignore[arg-type]
        request.max_content_length = largest_body


def _forget() -> None:
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def _lead_to_sign_in() -> Response:
    is_page = request.method in ("GET", "HEAD")
    address = request.full_path.rstrip("?") if is_page else None
    return redirect(url_for("desk.sign_in_page", next=address), 303)
