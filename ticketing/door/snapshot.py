"""Who was inside when it was last counted, in a file beside the database: for when that cannot be asked."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.promise import Promise
from ticketing.door.inside import DeviceAge, GateCount, Inside
from ticketing.foundation.identifiers import new_uuid

FILE = "inside.json"


def write(folder: Path, counted: Inside) -> None:
    """Keep a count; whoever reads meanwhile sees the old one or this one, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{FILE}.{new_uuid()}"
    try:
        half.write_text(json.dumps(asdict(counted), default=datetime.isoformat))
        os.replace(half, folder / FILE)
    finally:
        half.unlink(missing_ok=True)


def find(folder: Path) -> Inside | None:
    """Read the count that was kept last; None when there is none that can be read."""
    try:
        return _read(json.loads((folder / FILE).read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(kept: dict[str, Any]) -> Inside:
    return Inside(
        counted_at=datetime.fromisoformat(kept["counted_at"]),
        limits=_limits(kept["limits"]),
        gates=tuple(GateCount(**gate) for gate in kept["gates"]),
        devices=tuple(DeviceAge(**(each | {"seen_at": _instant(each["seen_at"])})) for each in kept["devices"]),
    )


def _limits(kept: dict[str, Any] | None) -> Limits | None:
    return None if kept is None else Limits(**(kept | {"promise": Promise(kept["promise"])}))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
