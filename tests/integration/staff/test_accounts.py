from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from ticketing.foundation import actors
from ticketing.foundation.audit import AuditEntry
from ticketing.staff import accounts
from ticketing.staff.models import Role, StaffSession
from ticketing.staff.passwords import PasswordTooWeak

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ADMIN = actors.staff(999, "Admin")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "three unrelated words"


def add(session, email="ada@example.org", name="Ada Peeters", role=Role.MANAGER, password=PASSWORD):
    return accounts.add_account(session, email, name, role, password, actor=ADMIN, now=NOW, hasher=QUICK)


def test_somebody_who_was_added_can_sign_in_in_any_case(session):
    account = add(session, "Ada@Example.org ")

    token = accounts.sign_in(session, "ADA@example.org", PASSWORD, now=NOW)

    assert accounts.find_session(session, token, now=NOW).account.id == account.id
    assert account.email == "ada@example.org"
    assert PASSWORD not in account.password_hash


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(session):
    add(session)
    answers = []

    for email, password in (("ada@example.org", "wrong wrong wrong"), ("eve@example.org", PASSWORD), ("\0", PASSWORD)):
        with pytest.raises(accounts.BadCredentials) as caught:
            accounts.sign_in(session, email, password, now=NOW)
        answers.append((caught.value.message, caught.value.code, caught.value.details))

    assert answers[0] == answers[1] == answers[2]


def test_only_the_digest_of_the_token_is_kept(session):
    add(session)

    token = accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)

    assert len(token) >= 43
    assert token not in session.scalars(select(StaffSession.token_digest)).all()


@pytest.mark.parametrize(
    ("minutes", "is_there"), [(29, True), (30, False)], ids=["within half an hour", "after half an hour"]
)
def test_an_idle_session_ends(session, minutes, is_there):
    add(session)
    token = accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)

    found = accounts.find_session(session, token, now=NOW + timedelta(minutes=minutes))

    assert (found is not None) is is_there


def test_a_busy_session_ends_after_twelve_hours(session):
    add(session)
    token = accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)

    for minutes in range(20, 12 * 60, 20):
        moment = NOW + timedelta(minutes=minutes)
        found = accounts.find_session(session, token, now=moment)
        assert accounts.is_due_for_touch(found, moment)
        accounts.touch(session, found.id, now=moment)
        session.expire_all()

    assert accounts.find_session(session, token, now=NOW + timedelta(hours=12)) is None


def test_signing_out_ends_the_session_for_good(session):
    account = add(session)
    token = accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)
    session_id = accounts.find_session(session, token, now=NOW).id

    accounts.sign_out(session, token, actor=actors.staff(account.id, account.name), now=NOW)
    accounts.touch(session, session_id, now=NOW)

    assert accounts.find_session(session, token, now=NOW) is None


def test_disabling_an_account_ends_its_sessions_and_enabling_lets_it_sign_in_anew(session):
    account = add(session)
    token = accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)

    accounts.disable(session, account, actor=ADMIN, now=NOW)
    session.flush()
    with pytest.raises(accounts.BadCredentials):
        accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)
    accounts.enable(session, account, actor=ADMIN, now=NOW)
    session.flush()

    assert accounts.find_session(session, token, now=NOW) is None
    assert accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)


def test_nobody_disables_their_own_account(session):
    account = add(session)

    with pytest.raises(accounts.OwnAccount):
        accounts.disable(session, account, actor=actors.staff(account.id, account.name), now=NOW)


def test_an_address_belongs_to_one_account(session):
    add(session)

    with pytest.raises(accounts.AccountExists):
        add(session, "ADA@example.org")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.c\r\nBcc: d@e.f"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "a\0"}, "name"),
    ],
)
def test_an_account_of_the_wrong_shape_is_refused_and_names_the_field(session, wrong, field):
    with pytest.raises(accounts.AccountInvalid) as caught:
        add(session, **wrong)

    assert caught.value.details["field"] == field


def test_a_weak_password_is_refused(session):
    with pytest.raises(PasswordTooWeak):
        add(session, password="password1234")


def test_adding_signing_in_and_disabling_are_on_record_without_personal_data(session):
    account = add(session)
    accounts.sign_in(session, "ada@example.org", PASSWORD, now=NOW)
    accounts.disable(session, account, actor=ADMIN, now=NOW)
    session.flush()

    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

    assert [entry.code for entry in entries] == ["staff.added", "staff.signed_in", "staff.disabled"]
    assert "example.org" not in repr([entry.details for entry in entries])
