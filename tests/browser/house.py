"""A running house with the demonstration in it, on a Tuesday at ten; for the stories and for scripts/pictures."""

from __future__ import annotations

import logging
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from config import read_settings
from tests import mishaps
from tests.conftest import NOW
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.foundation.clock import FixedClock
from ticketing.operations import demo, migrating, worker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# The same engine without the window: a sixth less work for pages that need no camera and no permissions.
CHROMIUM_SHELL = shutil.which("chromium-headless-shell") or CHROMIUM
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class House:
    """A running house: its services and its address."""

    services: Services
    url: str
    app: Flask
    server: BaseWSGIServer | None = None

    def open(self) -> None:
        """Answer at the address, from a thread."""
        self.server = make_server("127.0.0.1", self.services.settings.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def shut(self) -> None:
        """Answer no more, as when the machine is down; `open` brings it back."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def mail_folder(self) -> Path:
        return self.services.settings.instance_path / "mail"

    def work(self) -> None:
        """Let the worker do what is due."""
        worker.run_jobs(self.services)


@contextmanager
def running_house(instance: Path) -> Iterator[House]:
    """Serve a house from a thread, on a free port, until the block ends; an empty one gets the demonstration first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = read_settings({"INSTANCE_PATH": str(instance), "PORT": str(port), "RATE_LIMITS": "0"})
    services = build(settings, FixedClock(NOW))
    migrating.upgrade(services.database.engine)
    demo.load(services)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = create_app(settings, services)
    mishaps.plant(app)
    house = House(services, settings.public_url, app)
    house.open()
    try:
        yield house
    finally:
        house.shut()
        services.database.close()
