"""The whole public site, walked through once for every test that judges it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web import site_stage
from tests.web.site_stage import Site

VALIDATOR = Path(__file__).resolve().parents[1] / "browser" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.fixture(scope="session")
def site(room: Path, demonstration: Path) -> Iterator[Site]:
    """Every page that links lead to, in four languages, with the pages of a purchase and of what goes wrong."""
    shutil.copytree(demonstration, room / "site")
    with site_stage.demonstration(room / "site") as standing:
        site_stage.walk(standing)
        site_stage.choose_audiences(standing)
        site_stage.buy(standing)
        site_stage.wait(standing)
        site_stage.hear_news(standing)
        site_stage.go_wrong(standing)
        yield standing


@pytest.fixture(scope="session")
def validator() -> Path:
    """The Nu HTML checker."""
    if shutil.which("java") is None or not VALIDATOR.exists():
        missing = "There is no Java, or no HTML checker for it: scripts/prepare test installs both."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return VALIDATOR
