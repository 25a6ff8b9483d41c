"""A house run by `flask serve` itself: a parent, a web process and a worker, that can be killed like a machine's."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

HOME = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Look again and again until something has happened; fails when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s in vain: {what}"
        time.sleep(0.05)


def _stat(process_id: int | str) -> list[str]:
    """Read a process's state and its parent, as the kernel tells them; nothing for one that is gone."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_running(process_id: int) -> bool:
    """Tell whether a process is there and not merely waiting to be counted as dead."""
    return (_stat(process_id) or ["Z"])[0] != "Z"


def children_of(process_id: int) -> list[int]:
    """Return the processes somebody has started, and theirs."""
    everybody = {int(path.name): _stat(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}
    own = [each for each, told in everybody.items() if told and int(told[1]) == process_id]
    return [found for each in own for found in (each, *children_of(each))]


def members_of(session_id: int) -> list[int]:
    """Return the processes of a session, orphans too."""
    everybody = {int(path.name): _stat(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}
    return [each for each, told in everybody.items() if told and int(told[3]) == session_id]


@dataclass
class ServedHouse:
    """A running house: its process and its address."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def is_there(self) -> bool:
        """Tell whether the web server answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def is_ready(self) -> bool:
        """Tell whether web, tables and worker are all there."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def everybody(self) -> list[int]:
        return [self.process.pid, *children_of(self.process.pid)]


@contextmanager
def served_house(environment: dict[str, str], folder: Path) -> Iterator[ServedHouse]:
    """Run `flask serve` in a session of its own until the block ends; nothing of it is left then."""
    port = int(environment.get("PORT") or free_port())
    log = folder / f"serve-{port}-{time.monotonic_ns()}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=HOME, env={**os.environ, "DEMO": "0", **environment, "PORT": str(port)},
            stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    house = ServedHouse(process, f"http://127.0.0.1:{port}", log)
    try:
        wait_until(lambda: house.is_ready() or process.poll() is not None, f"a house that is ready: {log.read_text()}")
        yield house
    finally:
        # Whoever was born while the others died would answer for the next house: again until nobody is left.
        while left := [each for each in members_of(process.pid) if is_running(each)]:
            for process_id in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGKILL)
            process.poll()
            time.sleep(0.02)
        process.wait(10)
