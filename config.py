"""Settings: everything the environment may say, checked once at start. What managers change is a table."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HERE = Path(__file__).resolve().parent


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
    centre_name: str
    centre_zone: ZoneInfo
    has_demo: bool
    has_rate_limits: bool
    is_production: bool


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment; raises BadSetting, which ends the process with a sentence naming the variable."""
    is_production = _choice(environment, "APP_ENV", ("development", "production")) == "production"
    instance_path = Path(environment.get("INSTANCE_PATH") or HERE / "instance").resolve()
    host, port = environment.get("HOST") or "127.0.0.1", _whole_number(environment, "PORT", 8000, 1, 65535)
    centre_name = environment.get("CENTRE_NAME") or "Technopolis"
    settings = Settings(
        host=host,
        port=port,
        public_url=_public_url(environment, host, port),
        web_workers=_whole_number(environment, "WEB_WORKERS", 1, 1, 64),
        database_url=_database_url(environment, instance_path),
        secret_key=_secret_key(environment, instance_path, is_production=is_production),
        instance_path=instance_path,
        payment_provider=_choice(environment, "PAYMENT_PROVIDER", ("sandbox", "stripe")),
        stripe_secret_key=environment.get("STRIPE_SECRET_KEY", ""),
        stripe_webhook_secret=environment.get("STRIPE_WEBHOOK_SECRET", ""),
        stripe_api_base=environment.get("STRIPE_API_BASE", ""),
        mail_url=_mail_url(environment),
        mail_sender=environment.get("MAIL_SENDER") or "tickets@foyer.example",
        centre_name=centre_name,
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
    if settings.stripe_api_base and urlsplit(settings.stripe_api_base).scheme not in ("http", "https"):
        raise BadSetting("STRIPE_API_BASE", "must be an http(s) address, or empty for Stripe itself.")


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


def _public_url(environment: Mapping[str, str], host: str, port: int) -> str:
    value = (environment.get("PUBLIC_URL") or f"http://{host}:{port}").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
        raise BadSetting("PUBLIC_URL", f"must be like https://tickets.example.org, not {value!r}.")
    return value


def _database_url(environment: Mapping[str, str], instance_path: Path) -> str:
    value = environment.get("DATABASE_URL") or f"sqlite:///{instance_path / 'foyer.sqlite3'}"
    if value.startswith("postgresql://"):
        value = "postgresql+psycopg://" + value.removeprefix("postgresql://")
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("DATABASE_URL", "must begin with sqlite:/// or postgresql://.")
    return value


def _mail_url(environment: Mapping[str, str]) -> str:
    value = environment.get("MAIL_URL") or "file:"
    if urlsplit(value).scheme not in ("file", "smtp", "smtps"):
        raise BadSetting("MAIL_URL", f"must be file: or smtp://host:port, not {value!r}.")
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
        if len(value) < 32:
            raise BadSetting("SECRET_KEY", "must have at least 32 characters.")
        return value
    if is_production:
        raise BadSetting("SECRET_KEY", "production makes no key by itself; set one of at least 32 characters.")
    return _generated_key(instance_path / "secret_key")


def _generated_key(path: Path) -> str:
    """Keep the generated key beside the database, so that sign-ins survive a restart; two starts agree on one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text()
