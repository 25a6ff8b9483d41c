"""A real Chromium on a real server. Every page is watched: no error in its console, no request to another host."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.house import CHROMIUM_ARGUMENTS, CHROMIUM_SHELL, House, running_house

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser stories share one server and one browser, so they stay in one process, unless a file names another."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, demonstration: Path) -> Iterator[House]:
    instance = tmp_path_factory.mktemp("house")
    shutil.copytree(demonstration, instance, dirs_exist_ok=True)
    with running_house(instance) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM_SHELL is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium: scripts/prepare test installs one.")
        pytest.skip("There is no Chromium: scripts/prepare test installs one.")
    launched = playwright.chromium.launch(executable_path=CHROMIUM_SHELL, args=CHROMIUM_ARGUMENTS)
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


@pytest.fixture
def open_judged(open_page) -> Callable[..., Page]:
    """Open a page as `open_page` does, with axe-core in all it goes to: brought later, it is read anew each time."""
    axe = _vendored("node_modules/axe-core/axe.min.js")

    def open_(**device: Any) -> Page:
        page = open_page(**device)
        page.add_init_script(path=axe)
        return page

    return open_


def _vendored(path: str) -> Path:
    found = HERE / path
    if not found.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing: scripts/prepare test installs it.")
        pytest.skip(f"{path} is missing: scripts/prepare test installs it.")
    return found
