"""`flask serve`: everything on one machine. Migrates, loads the demonstration, then runs web and worker side by side.

Both are forked from this one process, so that the code they share is in memory once. When one of them dies the other
is stopped too: half a house is worse than none, and whoever keeps us running (systemd, the terminal) starts it again.
When this process itself dies, the kernel tells both to stop: nobody is left to keep the port from the next start.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import click
from flask import Flask, current_app
from gunicorn.app.base import BaseApplication

from ticketing.bootstrap import Services
from ticketing.cli.edge import command, services
from ticketing.operations import demo, migrating, worker

THREADS = 8
GRACE_SECONDS = 30
# A closed terminal (SIGHUP) would have the web server read its settings anew and serve on without a worker.
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


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
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def close_after_too_much(self, _worker: object, request: Any) -> None:
        """Say that the connection closes where a body is not read to its end; Gunicorn minds no header of ours."""
        told = dict(request.headers)
        if "TRANSFER-ENCODING" in told or int(told.get("CONTENT-LENGTH", "0")) > self.app.config["MAX_CONTENT_LENGTH"]:
            request.force_close()

    def load(self) -> Flask:
        """Return the application; every web process has it by being forked."""
        return self.app


@command("serve")
def serve() -> None:
    """Migrate, load the demonstration into an empty database, and run web and worker until told to stop."""
    shared = services()
    migrating.upgrade(shared.database.engine)
    if shared.settings.has_demo and not shared.settings.is_production:
        demo.load(shared)
    _announce(shared)
    app: Any = current_app
    shared.database.close()  # no connection crosses the fork
    gc.collect()
    gc.freeze()  # what is shared now stays shared: the collector no longer writes to it
    web = WebServer(app._get_current_object(), shared)
    sys.exit(_run_side_by_side(web.run, lambda: worker.run_for_ever(shared)))


def _announce(shared: Services) -> None:
    click.echo(f"{shared.settings.centre_name} is at {shared.settings.public_url}")
    if shared.settings.has_demo and not shared.settings.is_production:
        click.echo(f"Staff sign in at {shared.settings.public_url}/desk/ (demonstration only):")
        for line in demo.sign_in_lines():
            click.echo(f"  {line}")
    sys.stdout.flush()


def _run_side_by_side(*acts: Callable[[], object]) -> int:
    """Run each act in a process of its own; when one ends, end the others; return the first exit status."""
    children = [_fork(act) for act in acts]

    def stop(number: int, frame: FrameType | None) -> None:
        for child in children:
            _end(child)

    for number in STOPPING:
        signal.signal(number, stop)
    first, status = os.wait()
    children.remove(first)
    stop(signal.SIGTERM, None)
    for child in children:
        os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1


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


def _end(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


COMMANDS = (serve,)
