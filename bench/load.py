"""Clients that press as hard as they can, each on a connection of its own, and what they saw."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

Act = Callable[["Client", int], None]


class Unexpected(RuntimeError):
    """An answer that a customer would not have understood either."""


@dataclass
class Answer:
    """What came back."""

    status: int
    body: str
    location: str


class Client:
    """One browser's worth of HTTP: a kept connection and cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""  # what its forms carry, for acts that read one page and send many
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, address: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", address, None, {})

    def post(self, address: str, form: Mapping[str, str]) -> Answer:
        """Send a form."""
        return self._ask("POST", address, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})

    def send_json(self, address: str, body: str, token: str) -> Answer:
        """Send a report of a device."""
        return self._ask(
            "POST", address, body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        )

    def _ask(self, method: str, address: str, body: str | None, headers: dict[str, str]) -> Answer:
        parts = urlsplit(address)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, target, body, headers)
        response = self.connection.getresponse()
        content = response.read().decode(errors="replace")  # a workbook is no text
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, content, response.headers.get("Location", ""))


@dataclass
class Run:
    """What a load came to: acts done, their times in seconds, and what went wrong."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Acts in a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: int) -> float:
        """Milliseconds that so many of a hundred acts stayed under."""
        if len(self.times) < 2:
            return 0.0
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1] * 1000


def press(port: int, clients: int, seconds: float, act: Act) -> Run:
    """Let so many clients repeat an act for so long; an act that has begun is finished and counted."""
    run, lock, ends = Run(), threading.Lock(), time.perf_counter() + seconds

    def work(number: int) -> None:
        client = Client(port)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            try:
                act(client, number)
            except (Unexpected, OSError, http.client.HTTPException) as trouble:
                with lock:
                    run.troubles.append(f"{type(trouble).__name__}: {trouble}"[:200])
                client = Client(port)
                continue
            with lock:
                run.times.append(time.perf_counter() - began)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.seconds = time.perf_counter() - began
    return run


def expect(answer: Answer, status: int) -> Answer:
    """Go on with the answer asked for; raises Unexpected for another."""
    if answer.status != status:
        raise Unexpected(f"{answer.status} instead of {status}: {answer.body[:120]!r}")
    return answer
