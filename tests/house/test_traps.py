"""The traps others fell into: each has its test, and the test is there."""

from __future__ import annotations

import re

from tests.house.source import HOME

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_trap_has_a_test_that_is_there() -> None:
    text = (HOME / "docs" / "traps.md").read_text()
    rows = [
        line for line in text.splitlines() if line.startswith("| ") and "---" not in line and "test here" not in line
    ]

    untested = [row for row in rows if not NAMED.search(row)]
    missing = [name for path, name in NAMED.findall(text) if f"def {name}(" not in (HOME / path).read_text()]

    assert untested == [], "Name a test for the trap in docs/traps.md (STYLE 8)."
    assert missing == [], "Name those that took their place in docs/traps.md (STYLE 8)."
