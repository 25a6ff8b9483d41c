"""`flask serve` is one house: whatever kills its parent, neither web nor worker stays behind alone."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket

import pytest

from tests.fault.served import children_of, is_running, served_house, wait_until


@pytest.fixture
def environment(tmp_path, sqlite_template) -> dict[str, str]:
    """A house whose tables are there: laying them takes longer than all that is looked at here."""
    (tmp_path / "instance").mkdir()
    shutil.copy(sqlite_template, tmp_path / "instance" / "foyer.sqlite3")
    return {"INSTANCE_PATH": str(tmp_path / "instance"), "SECRET_KEY": "k" * 32}


def is_free(url: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(url.rpartition(":")[2])))
        except OSError:
            return False
        return True


def test_when_the_parent_is_killed_nobody_stays_behind_and_the_house_starts_again(environment, tmp_path) -> None:
    (tmp_path / "instance" / "foyer.sqlite3").unlink()  # this once the house lays its tables by itself
    with served_house(environment, tmp_path) as house:
        everybody = house.everybody()
        assert len(everybody) == 3  # the arbiter, its one web process, the worker

        os.kill(house.process.pid, signal.SIGKILL)

        wait_until(lambda: not any(is_running(each) for each in everybody), "all of the house to end")
        assert is_free(house.url)
        environment["PORT"] = house.url.rpartition(":")[2]
    with served_house(environment, tmp_path) as again:
        assert again.is_ready()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_closing_the_terminal_or_being_told_to_stop_ends_all_of_it(environment, tmp_path, number) -> None:
    with served_house(environment, tmp_path) as house:
        everybody = house.everybody()

        os.killpg(house.process.pid, number)

        wait_until(lambda: not any(is_running(each) for each in everybody), "all of the house to end")
        assert is_free(house.url)


def test_a_dead_worker_ends_the_web_server_too(environment, tmp_path) -> None:
    with served_house(environment, tmp_path) as house:
        worker, web = sorted(children_of(house.process.pid))  # in the order of their birth

        os.kill(worker, signal.SIGKILL)

        wait_until(lambda: not any(is_running(each) for each in (house.process.pid, worker, web)), "the house to end")
        assert house.process.wait(10) == 1


def test_what_is_too_long_is_refused_on_a_connection_that_says_it_closes(environment, tmp_path) -> None:
    """A server that keeps a connection and then drops it makes the next request on it fail for no reason of its own."""
    with served_house(environment, tmp_path) as house:
        address = house.url.removeprefix("http://")
        with contextlib.closing(http.client.HTTPConnection(address, timeout=10)) as connection:
            for status, body in ((413, b"x" * 300_000), (413, b"x" * 600_000), (400, iter([b"x" * 600_000]))):
                connection.request("POST", "/hooks/stripe", body, {"Content-Type": "application/json"})
                refused = connection.getresponse()
                refused.read()
                connection.request("GET", "/healthz")
                then = connection.getresponse()
                then.read()

                assert (refused.status, refused.getheader("Connection")) == (status, "close")
                assert (then.status, then.getheader("Connection")) == (200, "keep-alive")
