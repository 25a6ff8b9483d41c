"""Staff who can sign in, and a browser that does what a browser does: keeps cookies, sends the page's CSRF token."""

from __future__ import annotations

import re

from argon2 import PasswordHasher

from ticketing.foundation.actors import system
from ticketing.staff import accounts
from ticketing.staff.models import Role

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "paper kettle orbit"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def email_of(role: Role) -> str:
    """Return the address the account of this role signs in with."""
    return f"{role.value}@example.org"


def add_account(services, role=Role.MANAGER, *, email="", language="en"):
    """Add an account of this role; returns its id."""
    with services.database.transaction() as session:
        return accounts.add_account(
            session, email or email_of(role), f"Test {role.value}", role, PASSWORD,
            actor=system("test"), now=services.clock.now(), language=language, hasher=QUICK,
        ).id  # fmt: skip


class Browser:
    """A test client that fills in forms."""

    def __init__(self, app):
        self.client = app.test_client()
        self.token = ""

    def get(self, address, **values):
        response = self.client.get(address, **values)
        found = TOKEN.search(response.get_data(as_text=True))
        if found:
            self.token = found[1]
        return response

    def post(self, address, form=None, **values):
        return self.client.post(address, data={"csrf_token": self.token, **(form or {})}, **values)

    def sign_in(self, role=Role.MANAGER, **form):
        self.get("/desk/sign-in")
        wanted = {"email": email_of(role), "password": PASSWORD, **form}
        response = self.post("/desk/sign-in", wanted)
        self.get("/desk/")
        return response


def signed_in(app, services, role=Role.MANAGER, language="en"):
    """Return a browser in which somebody of this role is signed in."""
    add_account(services, role, language=language)
    browser = Browser(app)
    assert browser.sign_in(role).status_code == 303
    return browser
