"""A real Chromium on a real server. Every page is watched: no error in its console, no request to another host."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from config import read_settings
from tests.conftest import NOW
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.foundation.clock import FixedClock
from ticketing.operations import demo, migrating, worker

HERE = Path(__file__).resolve().parent
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser stories share one server and one browser, so they stay in one process."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class House:
    """A running house with the demonstration in it, on a Tuesday at ten."""

    services: Services
    url: str

    @property
    def mail_folder(self) -> Path:
        return self.services.settings.instance_path / "mail"

    def work(self) -> None:
        """Let the worker do what is due."""
        worker.run_jobs(self.services)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    instance = tmp_path_factory.mktemp("house")
    settings = read_settings({"INSTANCE_PATH": str(instance), "PORT": str(port), "RATE_LIMITS": "0"})
    services = build(settings, FixedClock(NOW))
    migrating.upgrade(services.database.engine)
    demo.load(services)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, create_app(settings, services), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield House(services, settings.public_url)
    server.shutdown()
    thread.join(5)
    server.server_close()
    services.database.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium: scripts/prepare test installs one.")
        pytest.skip("There is no Chromium: scripts/prepare test installs one.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


class Watch:
    """What went wrong on the pages of one test; expected statuses are told beforehand."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.expected: set[str] = set()

    def over(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("request", lambda request: self._note_request(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(words in text for words in self.expected):
            self.problems.append(f"console: {text}")

    def _note_request(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.problems.append(f"elsewhere: {url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    yield watching
    assert watching.problems == []


@pytest.fixture
def open_page(browser: Browser, house: House, watch: Watch) -> Iterator:
    """Open a page as on some device: `open_page(width=390, javascript=False, scheme="dark")`."""
    contexts: list[BrowserContext] = []

    def open_(width: int = 390, height: int = 844, scheme: str = "light", javascript: str = "on") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            base_url=house.url,
            locale="nl-BE",
            timezone_id="Europe/Brussels",
            color_scheme=scheme,
            java_script_enabled=javascript == "on",
        )
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page) -> Page:
    """A phone, 390 pixels wide."""
    return open_page()


@pytest.fixture(scope="session")
def axe_source() -> str:
    return _vendored("node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="session")
def validator() -> Path:
    """The Nu HTML checker."""
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Java for the HTML checker: scripts/prepare test installs one.")
        pytest.skip("There is no Java for the HTML checker: scripts/prepare test installs one.")
    return _vendored("node_modules/vnu-jar/build/dist/vnu.jar")


def _vendored(path: str) -> Path:
    found = HERE / path
    if not found.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing: scripts/prepare test installs it.")
        pytest.skip(f"{path} is missing: scripts/prepare test installs it.")
    return found
