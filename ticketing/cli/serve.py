"""`flask serve`: everything on one machine. Migrates, loads the demonstration, then runs web and worker side by side.

This process becomes gunicorn's arbiter and forks both, so that the code they share is in memory once and nobody sits
there only to watch. A web process that dies is born again. When the worker dies the whole house stops: half of one is
worse than none, and whoever keeps us running (systemd, the terminal) starts it again. When this process itself is
killed, web processes and worker end by themselves: nobody is left to keep the port from the next start.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from ticketing.bootstrap import Services
from ticketing.cli.edge import command, services
from ticketing.operations import demo, table_state, worker

HOME = Path(__file__).resolve().parents[2]
THREADS = 8
GRACE_SECONDS = 30
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
M_ARENA_MAX = -8  # <malloc.h>


class WebServer(BaseApplication):
    """Gunicorn around the application that is already loaded."""

    def __init__(self, app: Flask, shared: Services) -> None:
        self.app, self.shared = app, shared
        super().__init__()

    def load_config(self) -> None:
        """Set what deploy/gunicorn.conf.py sets for a server of its own."""
        settings = self.shared.settings
        options = {
            "bind": settings.address,
            "workers": settings.web_workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "graceful_timeout": GRACE_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "pre_request": self.close_after_too_much,
            "post_worker_init": self.leave_the_terminal,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def close_after_too_much(self, _worker: object, request: Any) -> None:
        """Say that the connection closes where a body is not read to its end; Gunicorn minds no header of ours."""
        told = dict(request.headers)
        if "TRANSFER-ENCODING" in told or int(told.get("CONTENT-LENGTH", "0")) > self.app.config["MAX_CONTENT_LENGTH"]:
            request.force_close()

    def leave_the_terminal(self, _worker: object) -> None:
        """Leave Ctrl-C and a closed terminal to the arbiter: who ends by themselves is born again while it stops."""
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def load(self) -> Flask:
        """Return the application; every web process has it by being forked."""
        return self.app


class House(Arbiter):
    """Gunicorn's arbiter, which keeps a worker beside the web processes."""

    def __init__(self, web: WebServer, work: Callable[[], object]) -> None:
        self.work, self.worker = work, 0
        super().__init__(web)

    def start(self) -> None:
        """Start the worker before the port is taken: it has no part in that."""
        self.worker = _fork(self.work)
        super().start()

    def reap_workers(self) -> None:
        """Count the dead; the worker among them ends everything."""
        super().reap_workers()
        if self.worker and not _is_there(self.worker):
            raise HaltServer("the worker ended", 1)

    def handle_hup(self) -> None:
        """Stop when the terminal closes; gunicorn would read its settings anew and serve on."""
        self.handle_term()

    def stop(self, *gracefully: bool) -> None:
        """Stop web and worker, and wait for both."""
        worker, self.worker = self.worker, 0
        if worker:
            _end(worker)
        super().stop(*gracefully)
        if worker:
            with contextlib.suppress(ChildProcessError):  # counted already
                os.waitpid(worker, 0)


@command("serve")
def serve() -> None:
    """Migrate, load the demonstration into an empty database, and run web and worker until told to stop."""
    shared = services()
    with shared.database.reading() as session:
        is_migrated = table_state.is_migrated(session)
    if not is_migrated:
        _migrate()
    if shared.settings.has_demo and not shared.settings.is_production:
        demo.load(shared)
    _announce(shared)
    app: Any = current_app
    _keep_memory_together()
    shared.database.close()  # no connection crosses the fork
    gc.collect()
    gc.freeze()  # what is shared now stays shared: the collector no longer writes to it
    web = WebServer(app._get_current_object(), shared)
    House(web, lambda: worker.run_for_ever(shared)).run()


def _keep_memory_together() -> None:
    """Let all threads take their memory from one arena: they wait for Python's lock anyway, and gaps cost megabytes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def _migrate() -> None:
    """Bring the tables up to date in a process of its own: whatever Alembic loads is gone with it."""
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"], cwd=HOME, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _announce(shared: Services) -> None:
    click.echo(f"{shared.settings.centre_name} is at {shared.settings.public_url}")
    if shared.settings.has_demo and not shared.settings.is_production:
        click.echo(f"Staff sign in at {shared.settings.public_url}/desk/ (demonstration only):")
        for line in demo.sign_in_lines():
            click.echo(f"  {line}")
    sys.stdout.flush()


def _fork(act: Callable[[], object]) -> int:
    parent, child = os.getpid(), os.fork()
    if child:
        return child
    status = 1
    try:
        _live_no_longer_than(parent)
        act()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except Exception:
        logging.getLogger(__name__).exception("a part of the house stopped")
    finally:
        os._exit(status)


def _live_no_longer_than(parent: int) -> None:
    """Be told to stop when the parent dies, however it dies; the terminal's end is for the parent to pass on."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel knew whom to tell
        sys.exit(1)


def _is_there(child: int) -> bool:
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return False
    return True


def _end(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


COMMANDS = (serve,)
