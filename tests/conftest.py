"""What every test may ask for. Databases are real: SQLite files and a PostgreSQL server; `--db` chooses among them."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config import Settings, read_settings
from tests import emptying, postgres
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.foundation.clock import FixedClock
from ticketing.foundation.database import Database, make_engine
from ticketing.mail.messages import Message
from ticketing.operations import demo, migrating
from ticketing.payments.stripe_provider import StripeProvider
from ticketing.staff import passwords
from ticketing.web.limits import limiter

pytest.register_assert_rewrite("tests.till", "tests.closed_afternoon", "tests.closed_orders")

ENGINES = ("sqlite", "postgresql")
# A Tuesday at 10:00 in Mechelen, an hour after the doors opened.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", default="all", choices=["all", *ENGINES], help="which databases to test on")
    parser.addoption("--write-snapshots", action="store_true", help="hold what a screen reader hears now")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        one = metafunc.definition.get_closest_marker("one_engine")
        of_all = (one.args or ENGINES[:1]) if one else ENGINES
        metafunc.parametrize("engine_kind", of_all if chosen == "all" else [chosen], scope="session")


def pytest_collection_finish() -> None:
    """Let the collector walk what tests make, seldom, and not all that was imported: a tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    """Hash with the least work argon2 allows: tests sign in hundreds of times."""
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """A folder in memory where there is one: databases of tests need not survive anything."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="foyer-tests.", dir=place))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a running PostgreSQL; without one CI fails and everybody else is told."""
    try:
        with postgres.running_server() as url:
            yield url
    except postgres.NoPostgreSQL as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def sqlite_template(room: Path) -> Path:
    """An empty SQLite database with all tables, laid by the migrations."""
    path = room / "template.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    migrating.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_engine(postgresql_url: str) -> Iterator[Engine]:
    """An engine on a PostgreSQL database with all tables, laid by the migrations."""
    engine = make_engine(postgresql_url)
    migrating.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_engine(room: Path, worker_id: str) -> Iterator[Engine]:
    """An engine on a file that every test finds new: an engine keeps the statements it has compiled."""
    engine = make_engine(f"sqlite:///{room / f'{worker_id}.sqlite3'}")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(engine_kind: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on an empty database of each kind."""
    made = request.getfixturevalue(f"{engine_kind}_engine")
    if engine_kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), made.url.database)
        yield made
        _forget(made)
    else:
        yield made
        emptying.empty(made)


def _forget(engine: Engine) -> None:
    """Close what a test has opened and take its file away, with what SQLite puts beside it."""
    engine.dispose()
    file = Path(str(engine.url.database))
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with the demonstration in it, made once for all workers of a run: to be copied."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    made = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            services = build(read_settings({"INSTANCE_PATH": str(made)}), FixedClock(NOW))
            migrating.upgrade(services.database.engine)
            demo.load(services)
            services.database.close()
    return made


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    """An empty database, for acts that open their own transactions, from any number of threads.

    The engine keeps its connections: a new one makes PostgreSQL learn every table and plan every question anew.
    """
    made = Database(engine)
    yield made
    made.stop_watching()


@pytest.fixture
def own_database(database: Database) -> Database:
    """The same, by the name that says why: several connections at once."""
    return database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One open transaction that is never committed."""
    with Session(database.engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def zone() -> ZoneInfo:
    return ZoneInfo("Europe/Brussels")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def now(clock: FixedClock) -> datetime:
    return clock.now()


class Mailbox:
    """Receives mails and keeps them; the same Message-ID twice is kept twice, so that a test can count."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        self.messages.append(message)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"INSTANCE_PATH": str(tmp_path / "instance"), "SECRET_KEY": "k" * 32})


@pytest.fixture
def services(settings: Settings, database: Database, clock: FixedClock, mailbox: Mailbox) -> Services:
    """Everything real but the clock and the mailbox; payments go to the sandbox."""
    built = build(settings, clock)
    built.database.close()
    return Services(settings, database, clock, built.payments, mailbox, built.sandbox)


@pytest.fixture
def provider(services: Services) -> StripeProvider:
    assert isinstance(services.payments, StripeProvider)
    return services.payments


@pytest.fixture(scope="session")
def compiled_templates(room: Path) -> FileSystemBytecodeCache:
    """Templates compiled once for all the applications of a run."""
    (room / "templates").mkdir()
    return FileSystemBytecodeCache(str(room / "templates"))


@pytest.fixture(scope="session")
def applications() -> dict[tuple[Settings, bool], Flask]:
    """The applications of a run, by what their making depends on: putting one together takes longer than most tests."""
    return {}


@pytest.fixture
def app(
    services: Services, compiled_templates: FileSystemBytecodeCache, applications: dict[tuple[Settings, bool], Flask]
) -> Flask:
    """The application as these settings make it, with the services of this test in it."""
    shape = replace(services.settings, instance_path=Path(), database_url=""), services.sandbox is not None
    if shape not in applications:
        applications[shape] = create_app(services.settings, services)
        applications[shape].jinja_env.bytecode_cache = compiled_templates
    applications[shape].extensions["foyer"] = services
    limiter.reset()  # its counts are the process's, not the application's
    return applications[shape]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
