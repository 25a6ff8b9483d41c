"""The servers under load: Foyer as an operator starts it, and beside it the same gunicorn with a bare Flask view."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import Settings, read_settings
from tests import postgres

HOME = Path(__file__).resolve().parents[1]
GUNICORN = [str(Path(sys.executable).with_name("gunicorn")), "-c", "deploy/gunicorn.conf.py"]
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pids: tuple[int, ...]

    def memory_mb(self) -> float:
        """Return the proportional memory (PSS) of all its processes, in megabytes of 10^6 bytes."""
        return sum(_pss_kb(pid) for pid in self.processes()) * 1024 / 1e6

    def processes(self) -> list[int]:
        """Return the ids of all its processes."""
        return [pid for root in self.pids for pid in _family(root)]


@contextlib.contextmanager
def database_url(engine: str, folder: Path) -> Iterator[str]:
    """Give an empty database that keeps what it commits: SQLite synchronous=FULL, PostgreSQL with fsync on."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'foyer.sqlite3'}"
        return
    durable = {**postgres.SETTINGS, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with postgres.running_server(durable) as url:
        yield url


@contextlib.contextmanager
def room() -> Iterator[Path]:
    """A folder on a disk, not in memory: what is measured is what a restart would find."""
    folder = Path(tempfile.mkdtemp(prefix="foyer-bench.", dir="/var/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of a house under load."""
    ours = {"DATABASE_URL": url, "INSTANCE_PATH": str(folder), "PORT": str(_free_port()), "RATE_LIMITS": "0"}
    return {**os.environ, **ours}


def settings_of(environment: dict[str, str]) -> Settings:
    """Read the settings as the server will."""
    return read_settings(environment)


def command(environment: dict[str, str], *words: str) -> str:
    """Run a command of the house; return what it prints."""
    done = subprocess.run([*FLASK, *words], cwd=HOME, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"flask {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def foyer(environment: dict[str, str]) -> Iterator[Server]:
    """Run web and worker as `scripts/run` does."""
    with _running([*FLASK, "serve"], environment, "/readyz") as server:
        yield server


@contextlib.contextmanager
def bare(environment: dict[str, str]) -> Iterator[Server]:
    """Run the bare views in the same gunicorn with the same settings."""
    with _running([*GUNICORN, "bench.bare:app"], {**environment, "PORT": str(_free_port())}, "/page") as server:
        yield server


def seconds_to_start(environment: dict[str, str]) -> float:
    """Return how long it takes from the command to the first 200 of /readyz, on a filled database."""
    began = time.perf_counter()
    with _running([*FLASK, "serve"], environment, "/readyz"):
        return time.perf_counter() - began


@contextlib.contextmanager
def _running(words: list[str], environment: dict[str, str], address: str) -> Iterator[Server]:
    port = int(environment["PORT"])
    process = subprocess.Popen(
        words, cwd=HOME, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}{address}", process)
        yield Server(port, (process.pid,))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError, urllib.error.HTTPError), urllib.request.urlopen(url, timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{url} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(root: int) -> Iterator[int]:
    yield root
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{root}/task/{root}/children").read_text().split():
            yield from _family(int(child))


def _pss_kb(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
