"""The door: from a frame before a phone's camera to its verdict, and the day's list of many devices at once."""

from __future__ import annotations

import gzip
import http.client
import json
import statistics
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Page, sync_playwright
from sqlalchemy import update
from sqlalchemy.orm import Session

from bench import acts, serving
from bench.load import Act, Client, Run
from bench.report import Report
from tests.browser import fake_camera
from tests.browser.house import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.unit.tickets.test_pdf import sheet
from ticketing.door import devices, gates, invitations
from ticketing.foundation.clock import Clock
from ticketing.foundation.database import Database, make_engine
from ticketing.tickets import pdf
from ticketing.tickets.models import Ticket

TICKETS, DEVICES, UPDATES, FRAMES = 5000, 16, 20, 24
SCANS_BETWEEN = 40  # of one list and the next: twenty seconds of a busy morning
VERDICT_MS, LIST_MS, LIST_BYTES = 500, 300, 100_000
LIST = "/api/v1/devices/list"

# A camera whose picture the bench draws; `show` returns how long it took from the drawing to a verdict.
CAMERA = """
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [640, 480];
const pen = canvas.getContext("2d");
setInterval(() => pen.fillRect(0, 0, 1, 1), 33); // a camera sends frames of what does not move, too
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
window.showFrame = async (address) => {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const answer = document.getElementById("answer");
    answer.replaceChildren();
    const judged = new Promise((resolve) => {
        const watching = new MutationObserver(() => {
            if (!answer.firstElementChild) return;
            watching.disconnect();
            resolve([performance.now(), answer.textContent]);
        });
        watching.observe(answer, { childList: true });
    });
    const began = performance.now();
    pen.drawImage(picture, 0, 0);
    const [ended, words] = await judged;
    return [ended - began, words];
};
"""


@dataclass(frozen=True)
class Phones:
    """Tokens of devices, and a link by which one more becomes a scanner."""

    tokens: tuple[str, ...]
    secret: str


def measure(engine: str, report: Report) -> None:
    """Fill a day, ask for its list from every device at once, and hold tickets before a camera."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        environment = serving.environment(url, folder)
        serving.command(environment, "db", "upgrade")
        serving.command(environment, "demo")
        stage = acts.prepare(serving.settings_of(environment), TICKETS)
        phones = _phones(url)
        report.door(f"{engine}, {len(stage.codes):,} tickets, {DEVICES} devices")
        with serving.foyer(environment) as server:
            _lists(engine, server.port, stage, phones, report)
            _verdicts(engine, server.port, stage, phones, report)
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


def _phones(url: str) -> Phones:
    database, now = Database(make_engine(url)), Clock().now()
    with database.transaction() as session:
        # Sold the day before: what was issued a moment ago is told again in every update of its first minute.
        session.execute(update(Ticket).values(issued_at=now - timedelta(days=1)))
        gate = gates.list_gates(session)[0].slug
        tokens = tuple(_token(session, number, gate) for number in range(DEVICES))
        _, secret = invitations.invite(session, gate, actor=acts.BENCH, now=now)
    database.close()
    return Phones(tokens, secret)


def _token(session: Session, number: int, gate: str) -> str:
    return devices.enrol(session, f"phone {number}", gate, actor=acts.BENCH, now=Clock().now())[1]


def _lists(engine: str, port: int, stage: acts.Stage, phones: Phones, report: Report) -> None:
    scan, updates, size = acts.scan(stage), Run(), 0
    _let_in(port, scan)
    whole, first = _asked_by_all(port, phones, "")
    since = _cursor(first)
    for _ in range(UPDATES):
        _let_in(port, scan)
        run, answer = _asked_by_all(port, phones, since)
        since, size = _cursor(answer), max(size, len(answer))
        updates.times += run.times
    report.list("the whole list", whole)
    report.list("an update of it", updates)
    report.figure("sizes, compressed", f"whole {len(first) / 1000:.1f} kB, update {size / 1000:.1f} kB")
    report.mark(f"{engine}: lists < {LIST_BYTES // 1000} kB", holds=max(len(first), size) < LIST_BYTES)
    report.mark(f"{engine}: update p95 < {LIST_MS} ms, all at once", holds=updates.percentile_ms(95) < LIST_MS)


def _let_in(port: int, scan: Act) -> None:
    client = Client(port)  # the server closes a connection that nobody uses for a while
    for number in range(SCANS_BETWEEN):
        scan(client, number)


def _cursor(answer: bytes) -> str:
    return str(json.loads(gzip.decompress(answer))["cursor"])


def _asked_by_all(port: int, phones: Phones, since: str) -> tuple[Run, bytes]:
    """Let every device ask at the same moment; return their times and one answer, compressed."""
    run, answers = Run(), []

    def ask(token: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
        connection.request("GET", f"{LIST}?since={quote(since)}", headers=headers)
        answers.append(connection.getresponse().read())
        run.times.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=ask, args=(token,)) for token in phones.tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return run, answers[0]


def _verdicts(engine: str, port: int, stage: acts.Stage, phones: Phones, report: Report) -> None:
    fresh = stage.codes[-2 * FRAMES :]  # no other device has scanned these
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        context = browser.new_context(base_url=f"http://127.0.0.1:{port}", permissions=["camera"], locale="nl-BE")
        context.add_init_script(CAMERA)
        page = _scanner(context, phones)
        for name, codes in (("judged by the house", fresh[:FRAMES]), ("without a network", fresh[FRAMES:])):
            context.set_offline(name == "without a network")
            times = _shown(page, codes)
            report.figure(name, f"{statistics.median(times):.0f} / {max(times):.0f} ms from frame to verdict")
            report.mark(f"{engine}: {name}, each verdict < {VERDICT_MS} ms", holds=max(times[1:]) < VERDICT_MS)
        browser.close()


def _scanner(context: BrowserContext, phones: Phones) -> Page:
    page = context.new_page()
    page.goto(f"/desk/device#{phones.secret}")
    page.locator("#name").fill("phone with a camera")
    page.locator("form button").click()
    page.locator("[data-state=enrolled] a").click()
    page.locator("[data-finder].is-on").wait_for()
    page.locator("[data-age]", has_text="Lijst").first.wait_for()
    return page


def _shown(page: Page, codes: tuple[str, ...]) -> list[float]:
    """Hold tickets before the camera, in each of the ways the film shows them in turn; the first of a kind warms up."""
    times = []
    for number, code in enumerate(codes):
        views = fake_camera.views(pdf.make_pdf([sheet(code=code)], title="bench", author="bench"))
        milliseconds, words = page.evaluate("showFrame", fake_camera.address_of(views[number % len(views)]))
        if "Welkom" not in words:
            raise RuntimeError(f"a valid ticket was not let in: {words}")
        times.append(milliseconds)
    return times
