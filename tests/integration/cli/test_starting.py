"""The start, as an operator sees it: a sentence that says what is wrong, exit status 1, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[3]


def flask(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=HOME, env={**os.environ, "INSTANCE_PATH": str(folder), "DEMO": "0", **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


NOWHERE = "postgresql://u@127.0.0.1:1/x"


@pytest.mark.parametrize(("name", "value", "words"), [
    ("DATABASE_URL", NOWHERE, ["serve"]),
    ("DATABASE_URL", NOWHERE, ["check"]), ("PUBLIC_URL", "http://[x", ["check"]),
    ("INSTANCE_PATH", "/proc/nope", ["check"]),
], ids=str)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence_that_names_it(tmp_path, name, value, words) -> None:
    ended = flask(tmp_path, *words, **{name: value})

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"{name}: ")
    assert "Traceback" not in ended.stderr


def test_a_database_without_tables_says_what_to_run(tmp_path) -> None:
    ended = flask(tmp_path, "slots")

    assert ended.returncode == 1
    assert "flask db upgrade" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear visitor, " * 100)

    ended = flask(tmp_path, "db", "upgrade", DATABASE_URL=f"sqlite:///{path}")

    assert (ended.returncode, ended.stderr[:14]) == (1, "DATABASE_URL: ")
    assert path.read_text().startswith("Dear visitor")


def test_a_revision_nobody_knows_is_refused_in_a_sentence(tmp_path) -> None:
    ended = flask(tmp_path, "db", "upgrade", "nosuch")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "nosuch" in ended.stderr
    assert "Traceback" not in ended.stderr
