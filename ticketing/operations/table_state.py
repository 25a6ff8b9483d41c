"""Which state of the tables this code expects, and whether a database is in it.

Read from the migrations' files, not asked of Alembic: a house that runs would carry 12 MB for one name.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
NAMED = re.compile(r'^(revision|down_revision)\b.*?"(\w+)"', re.MULTILINE)


@functools.cache
def head_revision() -> str:
    """Return the revision this code expects: the one that no other follows."""
    named = [dict(NAMED.findall(path.read_text())) for path in (MIGRATIONS / "versions").glob("*.py")]
    revisions: set[str] = {each["revision"] for each in named}
    (head,) = revisions - {each.get("down_revision") for each in named}
    return head


def is_migrated(session: Session) -> bool:
    """Tell whether the database's tables are those of this code."""
    has_tables = inspect(session.connection()).has_table("alembic_version")
    return has_tables and session.scalar(text("SELECT version_num FROM alembic_version")) == head_revision()
