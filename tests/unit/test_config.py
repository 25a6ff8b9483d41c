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
])  # fmt: skip
def test_a_bad_value_stops_the_start_by_its_name(tmp_path: Path, name: str, value: str, more: dict[str, str]) -> None:
    with pytest.raises(BadSetting) as stopped:
        read_settings({"INSTANCE_PATH": str(tmp_path), **more, name: value})

    assert str(stopped.value).startswith(f"{name}: ")


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
