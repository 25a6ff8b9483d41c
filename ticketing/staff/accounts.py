"""The people who may sign in, and the sessions they are signed in by.

Signing in is three steps, because checking a password takes tens of milliseconds and must not hold a transaction:
`find_credentials` (read), `passwords.is_right` (no session), `open_session` (write).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from ticketing.foundation import actors, audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput, NotFound
from ticketing.foundation.identifiers import digest_of, new_token
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES
from ticketing.staff import passwords
from ticketing.staff.models import Role, StaffAccount, StaffSession

IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)  # a session's "last seen" need not be written on every page
EMAIL_SHAPE = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")
LONGEST_EMAIL, LONGEST_NAME = 254, 120


class BadCredentials(InvalidInput):
    """The address and the password do not belong together; which of them is wrong is nobody's business."""

    code = "bad_credentials"


class AccountInvalid(InvalidInput):
    """The address, name or language of an account has the wrong shape; `details["field"]` names which."""

    code = "account_invalid"


class AccountExists(Conflict):
    """Somebody already signs in with this address."""

    code = "account_exists"


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account_not_found"


class OwnAccount(Conflict):
    """Nobody locks themselves out: another administrator has to do it."""

    code = "own_account"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against; for an unknown or disabled address a hash that nothing fits."""

    account_id: int | None
    password_hash: str


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account whose shape and password were found good, with the hash of the password."""

    email: str
    name: str
    role: Role
    password_hash: str
    language: str


def prepare(
    email: str,
    name: str,
    role: Role,
    password: str,
    language: str = DEFAULT_LANGUAGE,
    *,
    hasher: PasswordHasher | None = None,
) -> NewAccount:
    """Check what was typed and hash the password; takes tens of milliseconds, so hold no transaction meanwhile.

    Raises AccountInvalid, PasswordTooWeak.
    """
    email, name = email.strip().lower(), " ".join(name.split())
    _check_shape(email, name, language)
    passwords.require_strong(password, email)
    return NewAccount(email, name, role, (hasher or passwords.HASHER).hash(password), language)


def add(session: Session, new: NewAccount, *, actor: Actor, now: datetime) -> StaffAccount:
    """Let somebody sign in. Raises AccountExists."""
    account = StaffAccount(
        email=new.email,
        name=new.name,
        role=new.role,
        password_hash=new.password_hash,
        language=new.language,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise AccountExists("Somebody already signs in with this address.", field="email") from error
    audit.record(session, "staff.added", account, actor=actor, now=now, role=new.role.value)
    return account


def add_account(
    session: Session,
    email: str,
    name: str,
    role: Role,
    password: str,
    *,
    actor: Actor,
    now: datetime,
    language: str = DEFAULT_LANGUAGE,
    hasher: PasswordHasher | None = None,
) -> StaffAccount:
    """Do both steps at once, for commands and demo data. Raises AccountInvalid, PasswordTooWeak, AccountExists."""
    new = prepare(email, name, role, password, language, hasher=hasher)
    return add(session, new, actor=actor, now=now)


def find_credentials(session: Session, email: str) -> Credentials:
    """Load what a password for this address is checked against; never says whether the address is known."""
    wanted = select(StaffAccount).where(StaffAccount.email == email.strip().lower(), StaffAccount.disabled_at.is_(None))
    account = session.scalars(wanted).one_or_none() if "\0" not in email else None
    return Credentials(account.id, account.password_hash) if account else Credentials(None, passwords.NOBODY)


def open_session(session: Session, account_id: int, *, now: datetime) -> str:
    """Sign somebody in whose password was right; return the token of the cookie, of which only the digest is kept.

    Raises BadCredentials when the account was disabled meanwhile.
    """
    account = session.get(StaffAccount, account_id)
    if account is None or account.disabled_at is not None:
        raise BadCredentials("This address and password do not belong together.")
    token = new_token()
    signed_in = StaffSession(account_id=account.id, token_digest=digest_of(token), started_at=now, last_seen_at=now)
    session.add(signed_in)
    audit.record(session, "staff.signed_in", account, actor=actors.staff(account.id, account.name), now=now)
    return token


def sign_in(session: Session, email: str, password: str, *, now: datetime) -> str:
    """Do all three steps of signing in at once, for commands and tests; return the token. Raises BadCredentials."""
    credentials = find_credentials(session, email)
    is_right = passwords.is_right(credentials.password_hash, password)
    if not is_right or credentials.account_id is None:
        raise BadCredentials("This address and password do not belong together.")
    return open_session(session, credentials.account_id, now=now)


def find_session(session: Session, token: str, *, now: datetime) -> StaffSession | None:
    """Load the session of a token with its account; None when it ended, was idle for 30 minutes or is 12 hours old."""
    wanted = select(StaffSession).where(StaffSession.token_digest == digest_of(token))
    found = session.scalars(wanted.options(joinedload(StaffSession.account))).one_or_none()
    if found is None or found.ended_at is not None or found.account.disabled_at is not None:
        return None
    if now - found.last_seen_at >= IDLE or now - found.started_at >= LONGEST_SESSION:
        return None
    return found


def is_due_for_touch(signed_in: StaffSession, now: datetime) -> bool:
    """Tell whether "last seen" is old enough to be written again."""
    return now - signed_in.last_seen_at >= TOUCH_EVERY


def touch(session: Session, session_id: int, *, now: datetime) -> None:
    """Note that somebody is still there; an ended session stays ended."""
    mine = update(StaffSession).where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
    session.execute(mine.values(last_seen_at=now).execution_options(synchronize_session=False))


def sign_out(session: Session, token: str, *, actor: Actor, now: datetime) -> None:
    """End the session of a token for good; a copy of the cookie opens nothing afterwards."""
    found = session.scalars(select(StaffSession).where(StaffSession.token_digest == digest_of(token))).one_or_none()
    if found is not None and found.ended_at is None:
        found.ended_at = now
        account = session.get_one(StaffAccount, found.account_id)
        audit.record(session, "staff.signed_out", account, actor=actor, now=now)


def end_sessions(session: Session, account: StaffAccount, *, now: datetime) -> None:
    """End every session of an account, on every machine."""
    standing = update(StaffSession).where(StaffSession.account_id == account.id, StaffSession.ended_at.is_(None))
    session.execute(standing.values(ended_at=now).execution_options(synchronize_session=False))


def list_accounts(session: Session) -> list[StaffAccount]:
    """Load every account, those who may sign in first, by name."""
    by_name = select(StaffAccount).order_by(StaffAccount.disabled_at.is_not(None), StaffAccount.name)
    return list(session.scalars(by_name))


def get_account(session: Session, account_id: int) -> StaffAccount:
    """Load an account; raises AccountNotFound."""
    account = session.get(StaffAccount, account_id)
    if account is None:
        raise AccountNotFound("This account does not exist.")
    return account


def disable(session: Session, account: StaffAccount, *, actor: Actor, now: datetime) -> None:
    """Keep somebody out from now on and end their sessions; disabled already is already so. Raises OwnAccount."""
    if account.id == actor.id and actor.kind is actors.ActorKind.STAFF:
        raise OwnAccount("You cannot disable your own account; ask another administrator.")
    if account.disabled_at is None:
        account.disabled_at = now
        end_sessions(session, account, now=now)
        audit.record(session, "staff.disabled", account, actor=actor, now=now)


def enable(session: Session, account: StaffAccount, *, actor: Actor, now: datetime) -> None:
    """Let somebody sign in again; enabled already is already so."""
    if account.disabled_at is not None:
        account.disabled_at = None
        audit.record(session, "staff.enabled", account, actor=actor, now=now)


def hash_for(account: StaffAccount, password: str) -> str:
    """Check a new password and hash it; takes tens of milliseconds, so hold no transaction meanwhile.

    Raises PasswordTooWeak.
    """
    passwords.require_strong(password, account.email)
    return passwords.HASHER.hash(password)


def replace_password(
    session: Session, account: StaffAccount, password_hash: str, *, actor: Actor, now: datetime
) -> None:
    """Give an account a new password and end every session of the old one."""
    account.password_hash = password_hash
    end_sessions(session, account, now=now)
    audit.record(session, "staff.password_replaced", account, actor=actor, now=now)


def choose_language(session: Session, account_id: int, language: str) -> None:
    """Show the screens of an account in another language. Raises AccountInvalid."""
    if language not in LANGUAGES:
        raise AccountInvalid("Choose one of the languages we have.", field="language")
    get_account(session, account_id).language = language


def _check_shape(email: str, name: str, language: str) -> None:
    if len(email) > LONGEST_EMAIL or not EMAIL_SHAPE.fullmatch(email) or not email.isprintable():
        raise AccountInvalid("Give an e-mail address like name@example.org.", field="email")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountInvalid("Give a name of at most 120 characters.", field="name")
    if language not in LANGUAGES:
        raise AccountInvalid("Choose one of the languages we have.", field="language")
