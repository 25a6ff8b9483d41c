"""Makes once, in a process, what several ask for in the same moment.

Whoever asked before a making began shares it, so nobody is told of a state older than their question; whoever asks
while it goes on shares the next one. What was made is kept for as long as its caller says that nothing has changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

MOST_KEPT = 8

Made = TypeVar("Made")


class Together(Generic[Made]):
    """Things of one kind, each known by a key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making = threading.Lock()  # one at a time: meanwhile the others gather
        self._gathering: dict[Hashable, Future[Made]] = {}
        self._revision: Hashable = None
        self._kept: dict[Hashable, Made] = {}

    def get(self, key: Hashable, make: Callable[[], Made], revision: Callable[[], Hashable]) -> Made:
        """Return what `make` makes for a key; kept until `revision` says something else."""
        with self._lock:
            shared = self._gathering.setdefault(key, Future())
        with self._making:
            if not shared.done():
                with self._lock:
                    self._gathering.pop(key, None)
                shared.set_result(self._known_or_made(key, make, revision()))
        return shared.result()

    def _known_or_made(self, key: Hashable, make: Callable[[], Made], revision: Hashable) -> Made:
        if revision != self._revision or len(self._kept) >= MOST_KEPT:
            self._kept.clear()
            self._revision = revision
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]
