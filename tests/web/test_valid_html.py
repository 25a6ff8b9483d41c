"""Every page of every face is valid HTML, says the Nu HTML checker, which is not ours."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.test_pages import OFFICE
from tests.staff_stage import signed_in
from ticketing.staff.models import Role

pytestmark = pytest.mark.xdist_group("site")

DESK = (
    "/desk/sign-in", "/desk/", "/desk/scan", "/desk/inside", "/desk/evacuation", "/desk/find", "/desk/device",
    "/desk/scanner/",
)  # fmt: skip


def test_the_html_of_every_page_is_valid(site, validator, tmp_path: Path):
    browser = signed_in(site.client.application, site.services, Role.ADMINISTRATOR)
    staff = {path: browser.client.get(path).text for path in (*DESK, *(f"/office/{path}" for path in OFFICE))}
    drawings = {path: answer.text for path, answer in site.answers.items() if answer.content_type == "image/svg+xml"}
    for number, (address, text) in enumerate({**site.html, **staff, **drawings}.items()):
        name = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")[-100:]
        (tmp_path / f"{number}-{name}.{'svg' if address in drawings else 'html'}").write_text(text)

    checked = subprocess.run(
        ["java", "-Xss8m", "-jar", validator, "--errors-only", "--also-check-svg", "--format", "gnu", tmp_path],
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert checked.stderr.replace(str(tmp_path), "") == ""
    assert len(list(tmp_path.iterdir())) > 200
