"""Builds what every face, command and job shares. Knows no Flask."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config import Settings
from ticketing.foundation.clock import Clock
from ticketing.foundation.database import Database, make_engine
from ticketing.mail.transport import Transport, transport_from_url
from ticketing.payments.factory import sandbox_provider, stripe_provider
from ticketing.payments.provider import PaymentProvider
from ticketing.payments.sandbox import Sandbox


@dataclass(frozen=True)
class Services:
    """The outside world as the rooms see it; tests put stand-ins in their places."""

    settings: Settings
    database: Database
    clock: Clock
    payments: PaymentProvider
    mail: Transport
    sandbox: Sandbox | None = None  # only where the sandbox takes the place of Stripe

    @property
    def zone(self) -> ZoneInfo:
        """The centre's time zone."""
        return self.settings.centre_zone


def build(settings: Settings, clock: Clock | None = None) -> Services:
    """Connect everything the settings name; opens no connection yet."""
    clock = clock or Clock()
    sandbox: Sandbox | None = None
    payments: PaymentProvider
    if settings.payment_provider == "sandbox":
        sandbox, payments = sandbox_provider(settings.instance_path / "sandbox.sqlite3", settings.public_url, clock.now)
    else:
        payments = stripe_provider(
            settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_base or None
        )
    return Services(
        settings=settings,
        database=Database(make_engine(settings.database_url)),
        clock=clock,
        payments=payments,
        mail=transport_from_url(settings.mail_url, settings.instance_path),
        sandbox=sandbox,
    )
