"""A value that is missing or malformed stops the start with a sentence naming it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import BadSetting, read_settings

KEY = "k" * 32
STRIPE = {"PAYMENT_PROVIDER": "stripe", "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": KEY, **STRIPE}


@pytest.mark.parametrize(("name", "value", "more"), [
    ("PORT", "0", {}), ("PORT", "eighty", {}), ("PORT", "٨٠٠٠", {}), ("PORT", "70000", {}), ("WEB_WORKERS", "0", {}),
    ("WEB_WORKERS", "1.5", {}), ("PUBLIC_URL", "tickets.example.org", {}), ("PUBLIC_URL", "https://x.org/shop", {}),
    ("DATABASE_URL", "mysql://x", {}), ("SECRET_KEY", "short", {}), ("PAYMENT_PROVIDER", "paypal", {}),
    ("MAIL_URL", "ftp://x", {}), ("CENTRE_TIMEZONE", "Mars/Olympus", {}), ("CENTRE_TIMEZONE", "../etc/passwd", {}),
    ("DEMO", "yes", {}), ("RATE_LIMITS", "on", {}), ("APP_ENV", "prod", {}),
    ("STRIPE_SECRET_KEY", "", {**STRIPE}), ("STRIPE_SECRET_KEY", "pk_test_1", {**STRIPE}),
    ("STRIPE_WEBHOOK_SECRET", "", {**STRIPE}), ("STRIPE_API_BASE", "gopher://x", {**STRIPE}),
    ("STRIPE_SECRET_KEY", "sk_live_1", {}), ("SECRET_KEY", "", PRODUCTION), ("PAYMENT_PROVIDER", "sandbox", PRODUCTION),
    ("DATABASE_URL", "sqlite:///", {}), ("DATABASE_URL", "sqlite:///:memory:", {}),
    ("DATABASE_URL", "postgresql://a:b@c:notaport/d", {}),
    ("DATABASE_URL", "sqlite:////nonexistent/folder/x.db", {}), ("DATABASE_URL", "sqlite:////etc/passwd/x.db", {}),
    ("INSTANCE_PATH", "/proc/nope", {}), ("INSTANCE_PATH", "/etc/passwd", {}), ("INSTANCE_PATH", "/etc/passwd/in", {}),
    ("MAIL_URL", "smtp://", {}), ("MAIL_URL", "smtp://h:notaport", {}), ("MAIL_URL", "smtp://[x", {}),
    ("MAIL_URL", "file://mail", {}), ("MAIL_URL", "smtp://a b", {}), ("PUBLIC_URL", "http://[x", {}),
    ("PUBLIC_URL", "http://x?y", {}), ("PUBLIC_URL", "http://x#y", {}), ("PUBLIC_URL", "http://u:p@x", {}),
    ("PUBLIC_URL", "http://x:99999", {}), ("PUBLIC_URL", "http://x y", {}), ("PUBLIC_URL", "http://x\n.y", {}),
    ("HOST", "not a host", {}), ("HOST", "http://x", {}), ("HOST", "x:80", {}), ("HOST", "a..b", {}), ("HOST", "é", {}),
    ("STRIPE_API_BASE", "http://", {**STRIPE}), ("STRIPE_API_BASE", "foo", {}), ("STRIPE_API_BASE", "http://h:x", {}),
    ("STRIPE_SECRET_KEY", "sk_test_1\n", {**STRIPE}), ("STRIPE_WEBHOOK_SECRET", "whsec_1 2", {**STRIPE}),
    ("MAIL_SENDER", "nonsense", {}), ("MAIL_SENDER", "a@b.be\nBcc: x@y.be", {}), ("MAIL_SENDER", "A <a@b.be>", {}),
    ("MAIL_SENDER", "a@b@c", {}), ("CENTRE_NAME", "A\nB", {}), ("CENTRE_NAME", "   ", {}),
    ("CENTRE_NAME", "A" * 81, {}), ("MAIL_BOUNCES_TO", "nonsense", {}), ("MAIL_BOUNCES_TO", "a+b@c.be", {}),
    ("MAIL_BOUNCES_TO", f"{'b' * 25}@c.be", {}),
    ("FLASK_DEBUG", "1", PRODUCTION), ("FLASK_DEBUG", "true", PRODUCTION),
])  # fmt: skip
def test_a_bad_value_stops_the_start_by_its_name(tmp_path: Path, name: str, value: str, more: dict[str, str]) -> None:
    with pytest.raises(BadSetting) as stopped:
        read_settings({"INSTANCE_PATH": str(tmp_path), **more, name: value})

    assert str(stopped.value).startswith(f"{name}: ")
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize(("name", "value"), [
    ("DATABASE_URL", "postgresql://foyer:sesame@host:port/foyer"), ("MAIL_URL", "smtp://foyer:sesame@host:port"),
    ("SECRET_KEY", "sesame"), ("STRIPE_SECRET_KEY", "sesame"), ("STRIPE_WEBHOOK_SECRET", "sesame"),
    ("PUBLIC_URL", "http://foyer:sesame@host"),
])  # fmt: skip
def test_the_sentence_does_not_tell_a_secret(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting) as stopped:
        read_settings({"INSTANCE_PATH": str(tmp_path), **STRIPE, name: value})

    assert str(stopped.value).startswith(f"{name}: ")
    assert "sesame" not in str(stopped.value)


@pytest.mark.parametrize(("host", "address"), [
    ("0.0.0.0", "0.0.0.0:8000"), ("::1", "[::1]:8000"), ("tickets.local", "tickets.local:8000"), ("db_1", "db_1:8000"),
])  # fmt: skip
def test_a_host_is_a_name_or_an_address_of_either_kind(tmp_path: Path, host: str, address: str) -> None:
    settings = read_settings({"INSTANCE_PATH": str(tmp_path), "HOST": host})

    assert (settings.address, settings.public_url) == (address, f"http://{address}")


@pytest.mark.parametrize(("name", "value"), [
    ("PUBLIC_URL", "https://tickets.example.org:8443"), ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
    ("MAIL_URL", "smtps://user:p%40ss@mail.example.org"), ("MAIL_URL", "file:///var/mail/foyer"),
    ("MAIL_SENDER", "tickets+web@localhost"), ("CENTRE_NAME", "Technopolis® – Mechelen"), ("FLASK_DEBUG", "1"),
    ("DATABASE_URL", "sqlite:///foyer.sqlite3"), ("DATABASE_URL", "postgresql://"),
    ("DATABASE_URL", "postgresql://u@/d?host=/run/postgresql"),
])  # fmt: skip
def test_what_is_well_formed_is_taken(tmp_path: Path, name: str, value: str) -> None:
    assert read_settings({"INSTANCE_PATH": str(tmp_path), name: value}).port == 8000


def test_production_lets_the_debugger_be_named_off(tmp_path: Path) -> None:
    assert read_settings({"INSTANCE_PATH": str(tmp_path), **PRODUCTION, "FLASK_DEBUG": "0"}).is_production


def test_an_instance_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    settings = read_settings({"INSTANCE_PATH": str(tmp_path / "new" / "folder"), "SECRET_KEY": KEY})

    assert settings.instance_path.is_dir()


def test_a_key_that_was_cut_short_on_the_disk_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")

    with pytest.raises(BadSetting) as stopped:
        read_settings({"INSTANCE_PATH": str(tmp_path)})

    assert str(stopped.value).startswith("SECRET_KEY: ")


def test_nothing_at_all_is_a_house_to_try(tmp_path: Path) -> None:
    settings = read_settings({"INSTANCE_PATH": str(tmp_path)})

    assert settings.database_url == f"sqlite:///{tmp_path / 'foyer.sqlite3'}"
    assert (settings.public_url, settings.payment_provider, settings.mail_url) == (
        "http://127.0.0.1:8000", "sandbox", "file:",
    )  # fmt: skip
    assert (settings.has_demo, settings.has_rate_limits, settings.is_production) == (True, True, False)


def test_a_generated_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = read_settings({"INSTANCE_PATH": str(tmp_path)}).secret_key
    again = read_settings({"INSTANCE_PATH": str(tmp_path)}).secret_key

    assert first == again
    assert len(first) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_production_starts_with_everything_it_needs(tmp_path: Path) -> None:
    settings = read_settings(
        {"INSTANCE_PATH": str(tmp_path), **PRODUCTION, "DATABASE_URL": "postgresql://foyer@/foyer"}
    )

    assert settings.is_production
    assert settings.database_url == "postgresql+psycopg://foyer@/foyer"
