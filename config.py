"""Settings: everything the environment may say, checked once at start. What managers change is a table."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

HERE = Path(__file__).resolve().parent
SHORTEST_KEY, LONGEST_NAME = 32, 80  # characters
LONGEST_BOUNCES_NAME = 24  # of the 64 that mail servers take; a + and a token of 39 follow
HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class BadSetting(SystemExit):
    """A value of the environment is missing or malformed; the sentence names it and ends the start."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")


@dataclass(frozen=True)
class Settings:
    """One frozen picture of the environment."""

    host: str
    port: int
    public_url: str  # what links in mails begin with, no slash at the end
    web_workers: int
    database_url: str
    secret_key: str
    instance_path: Path
    payment_provider: str  # sandbox | stripe
    stripe_secret_key: str
    stripe_webhook_secret: str
    stripe_api_base: str
    mail_url: str
    mail_sender: str
    mail_bounces_to: str  # what cannot be delivered comes back here, each mail with a token of its own; may be empty
    centre_name: str
    centre_zone: ZoneInfo
    has_demo: bool
    has_rate_limits: bool
    is_production: bool

    @property
    def address(self) -> str:
        """Where the web server listens, as it stands in a URL."""
        return _address(self.host, self.port)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment; raises BadSetting, which ends the process with a sentence naming the variable."""
    is_production = _choice(environment, "APP_ENV", ("development", "production")) == "production"
    _check_debug(environment, is_production=is_production)
    instance_path = _instance_path(environment)
    host, port = _host(environment), _whole_number(environment, "PORT", 8000, 1, 65535)
    settings = Settings(
        host=host,
        port=port,
        public_url=_public_url(environment, host, port),
        web_workers=_whole_number(environment, "WEB_WORKERS", 1, 1, 64),
        database_url=_database_url(environment, instance_path),
        secret_key=_secret_key(environment, instance_path, is_production=is_production),
        instance_path=instance_path,
        payment_provider=_choice(environment, "PAYMENT_PROVIDER", ("sandbox", "stripe")),
        stripe_secret_key=_token(environment, "STRIPE_SECRET_KEY"),
        stripe_webhook_secret=_token(environment, "STRIPE_WEBHOOK_SECRET"),
        stripe_api_base=_stripe_api_base(environment),
        mail_url=_mail_url(environment),
        mail_sender=_mail_sender(environment),
        mail_bounces_to=_mail_bounces_to(environment),
        centre_name=_centre_name(environment),
        centre_zone=_zone(environment),
        has_demo=_switch(environment, "DEMO"),
        has_rate_limits=_switch(environment, "RATE_LIMITS"),
        is_production=is_production,
    )
    _check_payments(settings)
    return settings


def _check_payments(settings: Settings) -> None:
    if settings.payment_provider == "sandbox":
        if settings.is_production:
            raise BadSetting("PAYMENT_PROVIDER", "the sandbox takes no real money; set it to stripe in production.")
        if settings.stripe_secret_key.startswith(("sk_live_", "rk_live_")):
            raise BadSetting(
                "STRIPE_SECRET_KEY", "a live key is set while PAYMENT_PROVIDER is sandbox; set one of them right."
            )
        return
    if not settings.stripe_secret_key.startswith(("sk_", "rk_")):
        raise BadSetting(
            "STRIPE_SECRET_KEY", "PAYMENT_PROVIDER is stripe, so a key that begins with sk_ or rk_ is needed."
        )
    if not settings.stripe_webhook_secret.startswith("whsec_"):
        raise BadSetting(
            "STRIPE_WEBHOOK_SECRET", "PAYMENT_PROVIDER is stripe, so the endpoint's whsec_… secret is needed."
        )


def _check_debug(environment: Mapping[str, str], *, is_production: bool) -> None:
    """Flask reads this by itself; its debugger would let every visitor run code."""
    if is_production and environment.get("FLASK_DEBUG", "0").lower() not in ("", "0", "false", "no"):
        raise BadSetting("FLASK_DEBUG", "production shows nobody a debugger; leave it away or set it to 0.")


def _choice(environment: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    value = environment.get(name) or words[0]
    if value not in words:
        raise BadSetting(name, f"must be one of {', '.join(words)}, not {value!r}.")
    return value


def _switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name) or "1"
    if value not in ("0", "1"):
        raise BadSetting(name, f"must be 0 or 1, not {value!r}.")
    return value == "1"


def _whole_number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environment.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise BadSetting(name, f"must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def _instance_path(environment: Mapping[str, str]) -> Path:
    """Make the folder when it is not there: whatever fails later fails without a sentence."""
    path = Path(environment.get("INSTANCE_PATH") or HERE / "instance").resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting("INSTANCE_PATH", f"{str(path)!r} cannot be made a folder: {error.strerror}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting("INSTANCE_PATH", f"nothing can be written into {str(path)!r}.")
    return path


def _host(environment: Mapping[str, str]) -> str:
    value = environment.get("HOST") or "127.0.0.1"
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(value))
    if not HOST_NAME.fullmatch(value):
        raise BadSetting("HOST", f"must be a name or an address like 127.0.0.1, not {value!r}.")
    return value


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _split(name: str, value: str, sentence: str) -> SplitResult:
    """Take a URL apart; one with blanks, a port that is none, or brackets that do not close is refused."""
    try:
        parts = urlsplit(value)
        is_whole = parts.port != 0 and value.isprintable() and " " not in value
    except ValueError:
        is_whole = False
    if not is_whole:
        raise BadSetting(name, sentence)
    return parts


def _public_url(environment: Mapping[str, str], host: str, port: int) -> str:
    value = (environment.get("PUBLIC_URL") or f"http://{_address(host, port)}").rstrip("/")
    sentence = "must be like https://tickets.example.org, with nothing behind the name but a port."
    parts = _split("PUBLIC_URL", value, sentence)
    if value != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting("PUBLIC_URL", sentence)
    if "@" in parts.netloc:
        raise BadSetting("PUBLIC_URL", "everybody reads it in their mail; it cannot hold a password.")
    return value


def _stripe_api_base(environment: Mapping[str, str]) -> str:
    value, sentence = environment.get("STRIPE_API_BASE", ""), "must be an http(s) address, or empty for Stripe itself."
    parts = _split("STRIPE_API_BASE", value, sentence)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise BadSetting("STRIPE_API_BASE", sentence)
    return value


def _database_url(environment: Mapping[str, str], instance_path: Path) -> str:
    value = environment.get("DATABASE_URL") or f"sqlite:///{instance_path / 'foyer.sqlite3'}"
    if value.startswith("postgresql://"):
        value = "postgresql+psycopg://" + value.removeprefix("postgresql://")
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("DATABASE_URL", "must begin with sqlite:/// or postgresql://.")
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise BadSetting("DATABASE_URL", "must be like postgresql://user:password@host:5432/name.") from None
    if url.drivername == "sqlite":
        _check_sqlite_file(url.database or "")
    return value


def _check_sqlite_file(name: str) -> None:
    if not name or name == ":memory:":
        raise BadSetting("DATABASE_URL", "must name a file, like sqlite:////srv/foyer/foyer.sqlite3.")
    folder = Path(name).resolve().parent
    if not folder.is_dir():
        raise BadSetting("DATABASE_URL", f"there is no folder {str(folder)!r} to keep the file in.")


def _mail_url(environment: Mapping[str, str]) -> str:
    value = environment.get("MAIL_URL") or "file:"
    sentence = "must be file:, file:///folder, or smtp://user:password@host:port."  # the value may hold a password
    parts = _split("MAIL_URL", value, sentence)
    is_file, is_server = parts.scheme == "file", parts.scheme in ("smtp", "smtps")
    if (is_file and parts.netloc) or (is_server and not parts.hostname) or not (is_file or is_server):
        raise BadSetting("MAIL_URL", sentence)
    return value


def _mail_sender(environment: Mapping[str, str]) -> str:
    value = environment.get("MAIL_SENDER") or "tickets@foyer.example"
    if not ADDRESS.fullmatch(value):
        raise BadSetting("MAIL_SENDER", f"must be one plain address like tickets@example.org, not {value!r}.")
    return value


def _mail_bounces_to(environment: Mapping[str, str]) -> str:
    value = environment.get("MAIL_BOUNCES_TO", "")
    local = value.rpartition("@")[0]
    if value and (not ADDRESS.fullmatch(value) or "+" in local or len(local) > LONGEST_BOUNCES_NAME):
        raise BadSetting(
            "MAIL_BOUNCES_TO",
            f"must be one plain address like bounces@example.org, with no + and at most {LONGEST_BOUNCES_NAME} "
            "characters before the @, or empty.",
        )
    return value


def _centre_name(environment: Mapping[str, str]) -> str:
    value = environment.get("CENTRE_NAME") or "Technopolis"
    if not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
        raise BadSetting("CENTRE_NAME", f"must be a name of 1 to {LONGEST_NAME} characters on one line.")
    return value.strip()


def _token(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise BadSetting(name, "must be one word of letters, digits and signs, as the provider gave it.")
    return value


def _zone(environment: Mapping[str, str]) -> ZoneInfo:
    name = environment.get("CENTRE_TIMEZONE") or "Europe/Brussels"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSetting("CENTRE_TIMEZONE", f"{name!r} is no time zone; use a name like Europe/Brussels.") from None


def _secret_key(environment: Mapping[str, str], instance_path: Path, *, is_production: bool) -> str:
    value = environment.get("SECRET_KEY", "")
    if value:
        if len(value) < SHORTEST_KEY:
            raise BadSetting("SECRET_KEY", "must have at least 32 characters.")
        return value
    if is_production:
        raise BadSetting("SECRET_KEY", "production makes no key by itself; set one of at least 32 characters.")
    return _generated_key(instance_path / "secret_key")


def _generated_key(path: Path) -> str:
    """Keep the generated key beside the database, so that sign-ins survive a restart; two starts agree on one key."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(SHORTEST_KEY))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # whole or not at all, and only for the first of two
        draft.unlink()
    key = path.read_text().strip()
    if len(key) < SHORTEST_KEY:
        raise BadSetting("SECRET_KEY", f"the key kept in {str(path)!r} is cut short; delete the file to get a new one.")
    return key
