"""A phone at the door: a real browser with a film for a camera, without a network, killed, and back."""

from __future__ import annotations

import os
import random
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import func, select

from tests import make
from tests.browser import fake_camera, judging
from tests.browser.house import CHROMIUM, CHROMIUM_ARGUMENTS, House, running_house
from tests.unit.door.test_verdict import CASES, TABLE, attempted, back, facts, spans
from tests.web.test_wrong_codes import ALPHABET, WORLD
from ticketing.catalogue import offers
from ticketing.door import devices, gates, invitations
from ticketing.door.models import Device, Scan, Tally
from ticketing.door.verdict import judge
from ticketing.foundation.actors import system
from ticketing.operations import invariants
from ticketing.tickets.codes import digest, normalise
from ticketing.tickets.models import Ticket

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="There is no Chromium: scripts/prepare test.")

OFFLINE_SCANS = 200  # a morning's worth, half of them without a network, half without a server
PATIENCE = 30_000  # ms, for what takes a moment per scan
PARTY = 20  # who come in on one ticket
NAME = "Phone at the door"
ASK_RULES = """async ([address, rows, backs]) => {
    const { judge, returning } = await import(address);
    return [rows.map((row) => judge(...row)), backs.map((row) => returning(...row))];
}"""
ASK_CODES = """async ([address, texts]) => {
    const { cut, hashOf, normalise } = await import(address);
    const told = async (text) => [normalise(text), cut(text), await hashOf(normalise(text) ?? cut(text))];
    return Promise.all(texts.map(told));
}"""
# Everything a browser keeps for the page, as text.
EVERYTHING_KEPT = """async () => {
    const database = await new Promise((resolve) => {
        indexedDB.open("foyer-scanner").onsuccess = (event) => resolve(event.target.result);
    });
    const all = (name) => new Promise((resolve) => {
        database.transaction(name).objectStore(name).getAll().onsuccess = (event) => resolve(event.target.result);
    });
    const write = (key, value) => (value instanceof Map ? [...value] : value);
    const kept = [JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage})];
    for (const name of database.objectStoreNames) kept.push(JSON.stringify(await all(name), write));
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            kept.push(request.url, await (await cache.match(request)).text());
        }
    }
    return kept.join("\\n");
}"""
# What the app's own reader makes of pictures, and how many milliseconds it takes over each.
READ_PICTURES = """async ([address, pictures]) => {
    const reader = new Worker(address, { type: "module" });
    const read = [];
    for (const each of pictures) {
        const picture = new Image();
        picture.src = each;
        await picture.decode();
        const began = performance.now();
        const canvas = new OffscreenCanvas(picture.width, picture.height);
        const pen = canvas.getContext("2d");
        pen.drawImage(picture, 0, 0);
        const pixels = pen.getImageData(0, 0, picture.width, picture.height).data.buffer;
        reader.postMessage({ width: picture.width, height: picture.height, pixels }, [pixels]);
        const { data } = await new Promise((resolve) => { reader.onmessage = resolve; });
        read.push([data.text, performance.now() - began]);
    }
    reader.terminate();
    return read;
}"""
IN_TIME = 500  # ms, from a frame to its verdict
SEVEN_TO_ONE = "color-contrast-enhanced"  # promised for the scanner alone
# States of the page, by what is shown in them; a verdict also with a party's choice of number.
SHOWN = ("stranger", "revoked", "scanning", "refused", "admit", "look", "refuse")
SHOW_STATE = """(state) => {
    const isOneOf = (name) => document.querySelector(`[data-${name}="${state}"]`) !== null;
    const show = (name, wanted) => document.querySelectorAll(`[data-${name}]`).forEach((each) => {
        each.hidden = each.dataset[name] !== wanted;
    });
    show("state", isOneOf("state") ? state : "scanning");
    show("camera", isOneOf("camera") ? state : "off");
    document.querySelector("[data-retry]").hidden = !isOneOf("camera");
    const around = document.querySelectorAll("[data-gate], [data-age], [data-waiting]");
    around.forEach((each) => { each.textContent = "Lijst"; });
    const answer = document.getElementById("answer");
    answer.replaceChildren();
    if (!isOneOf("verdict")) return;
    answer.append(document.querySelector(`[data-verdict="${state}"]`).content.cloneNode(true));
    answer.querySelectorAll("[hidden]").forEach((each) => { each.hidden = false; });
    answer.querySelectorAll("[data-word], [data-who], [data-party], [data-why], [data-gate], [data-at], [data-age], "
        + "[data-waiting], [type=submit]").forEach((each) => { each.textContent = "Te vroeg"; });
}"""
SCAN_ALL = """(codes) => {
    const form = document.querySelector("[data-typed]");
    for (const code of codes) {
        form.elements.code.value = code;
        form.requestSubmit();
    }
}"""


@dataclass
class Door:
    """A house, a link that makes one phone a scanner, tickets for now, and the film of the first of them.

    The last ticket is a party's.
    """

    house: House
    link: str
    codes: list[str]
    order_code: str
    film: Path
    views: list[str]

    def scans(self) -> list[tuple[str, str]]:
        """Each scan that arrived: what it was of, and the verdict."""
        with self.house.services.database.reading() as session:
            mine = select(Scan.code_digest, Scan.verdict).join(Device, Device.id == Scan.device_id)
            return [tuple(row) for row in session.execute(mine.where(Device.name == NAME))]

    def admitted(self) -> int:
        with self.house.services.database.reading() as session:
            return session.scalar(select(func.sum(Ticket.admitted)).where(Ticket.code.in_(self.codes)))

    def tallied(self) -> int:
        with self.house.services.database.reading() as session:
            return session.scalar(select(func.sum(Tally.delta)))

    def broken(self) -> list:
        with self.house.services.database.reading() as session:
            return invariants.violations(session, now=self.house.services.clock.now())


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, demonstration: Path) -> Iterator[Door]:
    instance = tmp_path_factory.mktemp("door")
    shutil.copytree(demonstration, instance, dirs_exist_ok=True)
    with running_house(instance) as house:
        now = house.services.clock.now()
        with house.services.database.transaction() as session:
            slot = offers.find_slot_at(session, offers.get_experience(session, "visit").id, now)
            slot.capacity = slot.capacity + OFFLINE_SCANS + 8
            made = [make.confirmed_order(session, slot, now, adult=8) for _ in range(OFFLINE_SCANS // 8 + 1)]
            orders = [order.id for order in made]
            codes = list(session.scalars(select(Ticket.code).where(Ticket.order_id.in_(orders)).order_by(Ticket.id)))
            gate = gates.list_gates(session)[0]
            session.scalars(select(Ticket).where(Ticket.code == codes[-1])).one().admissions = PARTY
            _, secret = invitations.invite(session, gate.slug, actor=system("test"), now=now)
            pdf = f"{house.url}/nl/orders/{made[0].code}/{made[0].secret}/tickets.pdf"
            order_code = made[0].code
        with closing(urllib.request.urlopen(pdf)) as answer:
            printed = answer.read()
        fake_camera.film(printed, instance / "camera.y4m")
        views = [fake_camera.address_of(view) for view in fake_camera.views(printed)]
        yield Door(house, f"{house.url}/desk/device#{secret}", codes, order_code, instance / "camera.y4m", views)


def phone(playwright: Playwright, door: Door, profile: Path) -> BrowserContext:
    """Switch a phone on: what it kept is still there."""
    film = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={door.film}"]
    return playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS + film, base_url=door.house.url,
        viewport={"width": 390, "height": 844}, locale="nl-BE", timezone_id="Europe/Brussels",
    )  # fmt: skip


def cut_power(profile: Path) -> None:
    """End the browser of a profile as an empty battery does."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text()
        except OSError:
            continue
        if f"--user-data-dir={profile}" in command:
            os.kill(int(process.name), signal.SIGKILL)


def verdict(page: Page):
    return page.locator("#answer .verdict")


def scan(page: Page, codes: list[str]) -> None:
    page.evaluate(SCAN_ALL, codes)


def expect_waiting(page: Page, number: int) -> None:
    expect(page.locator("[data-waiting]").first).to_contain_text(f"{number} scans", timeout=PATIENCE)


def become_a_scanner(page: Page, door: Door) -> None:
    page.goto(door.link)
    page.locator("#name").fill(NAME)
    page.locator("form button").click()
    page.locator("[data-state=enrolled] a").click()
    expect(page.locator("[data-age]").first).to_contain_text("Lijst")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def test_a_phone_goes_to_work_and_on_through_cuts_of_network_and_power(door, playwright, tmp_path):
    context = phone(playwright, door, tmp_path)
    page = context.pages[0]
    become_a_scanner(page, door)
    missing = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    read_by_camera(context, page, door)
    codes, half = door.codes[1 : OFFLINE_SCANS + 1], OFFLINE_SCANS // 2

    context.set_offline(True)
    scan(page, codes[:half])
    expect_waiting(page, half)
    scan(page, ["A" * 26])
    expect(verdict(page)).to_contain_text("Niet op de lijst")
    expect(page.locator("[data-away]")).to_be_visible()
    context.clear_permissions()  # what lies before the camera would be one more scan
    page.reload()
    expect_waiting(page, half + 1)
    scan(page, [codes[0]])
    expect(verdict(page)).to_contain_text("Al gebruikt")
    page.keyboard.press("Escape")
    for delta in (1, 1, -1, 1):
        page.locator(f"[data-delta='{delta}']").click()
    door.house.shut()
    context.set_offline(False)
    scan(page, codes[half:])
    expect_waiting(page, OFFLINE_SCANS + 2 + 4)
    kept = page.evaluate(EVERYTHING_KEPT)
    cut_power(tmp_path)
    context = phone(playwright, door, tmp_path)
    page = context.pages[0]
    page.goto("/desk/scanner/")
    expect_waiting(page, OFFLINE_SCANS + 2 + 4)
    door.house.open()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-waiting]").first).to_have_text("Alles verstuurd", timeout=PATIENCE)

    secrets = [*door.codes, door.order_code, "example.org", "Peeters", door.link.split("#")[1]]
    assert [secret for secret in secrets if secret in kept] == []
    assert (door.admitted(), len(door.scans())) == (1 + OFFLINE_SCANS, 1 + OFFLINE_SCANS + 2)
    assert (door.broken(), door.tallied(), missing) == ([], 2, [])
    let_a_party_in(page, door)
    forget_once_revoked(page, door)
    context.close()


def read_by_camera(context: BrowserContext, page: Page, door: Door) -> None:
    page.locator("[data-start-camera]:visible").click()  # nobody has allowed it
    expect(page.locator("[data-camera=refused]")).to_be_visible()
    context.grant_permissions(["camera"])
    page.locator("[data-retry]").click()
    expect(verdict(page)).to_contain_text("Welkom")
    assert "1\u00a0×\u00a0Volwassene" in verdict(page).text_content()
    expect(verdict(page)).to_have_count(0)  # it goes by itself, and what stays in view is one scan
    assert len(door.scans()) == 1
    reader = page.locator("script[type=module]").get_attribute("src").replace("scanner.js", "reader.js")
    read = page.evaluate(READ_PICTURES, [reader, [door.views[0], *door.views]])[1:]  # the first starts the reader
    assert [text for text, _ in read] == [door.codes[0]] * len(door.views)
    assert max(taken for _, taken in read) < IN_TIME


def let_a_party_in(page: Page, door: Door) -> None:
    """One comes in on the ticket of a party, six of it behind them, the rest not yet."""
    scan(page, [door.codes[-1]])
    expect(verdict(page).locator("[data-party]")).to_have_text(f"1 van {PARTY} zijn binnen")
    verdict(page).locator("input[name=number]").fill("6")
    verdict(page).locator("[type=submit]").click()
    expect(verdict(page).locator("[data-party]")).to_have_text(f"7 van {PARTY} zijn binnen")
    assert door.admitted() == 1 + OFFLINE_SCANS + 7


def forget_once_revoked(page: Page, door: Door) -> None:
    now = door.house.services.clock.now()
    with door.house.services.database.transaction() as session:
        devices.revoke(session, devices.get_by_name(session, NAME), actor=system("test"), now=now)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-state=revoked]")).to_be_visible()
    assert page.evaluate(EVERYTHING_KEPT).splitlines()[2:5] == ["[]"] * 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_scanner_and_every_pair_is_at_seven_to_one(open_judged, scheme):
    page = open_judged(scheme=scheme)
    page.goto("/desk/scanner/")
    expect(page.locator("[data-state=stranger]")).to_be_visible()
    found = []

    for state in SHOWN:
        page.evaluate(SHOW_STATE, state)
        rules = None if scheme == "light" else (*judging.RULES_OF_COLOUR, SEVEN_TO_ONE)
        faults = page.evaluate(judging.ASK, [[*judging.MORE_RULES, SEVEN_TO_ONE], rules, ()])
        found += [f"{state}: {fault}" for fault in [*faults, *judging.misfits(page)]]

    assert found == []


def test_the_script_and_the_house_judge_alike(house, page):
    rows = [
        [
            None if case["ticket"] is None else TABLE["ticket"] | case["ticket"],
            TABLE["attempt"] | case["attempt"],
            case.get("closures", []),
        ]
        for case in CASES
    ] + [any_situation(random.Random(seed)) for seed in range(2000)]
    backs = [
        [TABLE["ticket_of_returning"] | case["ticket"], TABLE["attempt_of_returning"] | case["attempt"]]
        for case in TABLE["returning"]
    ] + [any_return(random.Random(seed)) for seed in range(1000)]
    page.goto("/desk/scanner/")
    script = page.locator("script[type=module]").get_attribute("src").replace("scanner.js", "rules.js")
    texts = [*WORLD, *(any_text(random.Random(seed)) for seed in range(300))]

    reasons, people = page.evaluate(ASK_RULES, [script, rows, backs])
    told = page.evaluate(ASK_CODES, [script.replace("rules.js", "codes.js"), texts])

    assert reasons[: len(CASES)] == [case["reason"] for case in CASES]
    assert reasons == [
        judge(facts(ticket), attempted(attempt), spans(closed)).reason for ticket, attempt, closed in rows
    ]
    assert people[: len(TABLE["returning"])] == [case["people"] for case in TABLE["returning"]]
    assert people == [back(*row) for row in backs]
    assert (len(set(reasons)), len(set(people)) > 2) == (10, True)
    assert told == [[ours := normalise(text), text[:500], digest(ours or text[:500])[:16]] for text in texts]
    assert None in {code for code, _, _ in told} != {None}


def any_text(chance: random.Random) -> str:
    """Make up what somebody holds before a scanner: a code as it is, mutated, cut, lengthened, or written oddly."""
    text = chance.choices(ALPHABET, k=26)
    for _ in range(chance.randrange(3)):
        text[chance.randrange(26)] = chance.choice("aZ27018 -.·ıſßﬁ票\u202e\U0001f3ab\t")
    return "".join(text)[: chance.choice((26, 26, 26, 13))] * chance.choice((1, 1, 1, 2, 40))


def any_situation(chance: random.Random) -> list:
    """Make up a ticket, an attempt and closures, their times close together so that every border is met."""
    ticket = {
        "opens": chance.choice(("yes", "yes", "yes", "yes", "void", "unpaid")),
        "experience": chance.choice(("visit", "lightning")),
        "local_date": any_day(chance), "starts_at": any_time(chance),
        "admits_from": any_time(chance), "admits_until": any_time(chance),
        "admissions": chance.randrange(1, 5), "admitted": chance.randrange(3), "inside": chance.randrange(3),
        "returning": 0,
    }  # fmt: skip
    attempt = {
        "direction": chance.choice(("in", "in", "out")), "admissions": chance.randrange(1, 4),
        "at": any_time(chance), "local_date": any_day(chance),
    }  # fmt: skip
    ticket["returning"] = min(chance.choice((0, 0, 1, 2)), ticket["admitted"], attempt["admissions"])
    closed = {
        "experience": chance.choice(("visit", "lightning", None)),
        "starts_at": any_time(chance), "ends_at": chance.choice((None, any_time(chance))),
    }  # fmt: skip
    return [ticket if chance.random() < 0.95 else None, attempt, [closed] if chance.random() < 0.3 else []]


def any_return(chance: random.Random) -> list:
    admissions = chance.randrange(1, 6)
    admitted = chance.randrange(admissions + 1)
    ticket = {
        "reentry": chance.choice(("none", "stamp", "exit_scan", "window")),
        "reentry_minutes": chance.choice((15, 30, 60)), "admissions": admissions, "admitted": admitted,
        "inside": chance.randrange(admitted + 1), "first_in": any_time(chance) if admitted else None,
    }  # fmt: skip
    attempt = {
        "direction": chance.choice(("in", "in", "in", "out")), "admissions": chance.randrange(1, 5),
        "at": any_time(chance), "has_stamp": chance.random() < 0.5,
    }  # fmt: skip
    return [ticket, attempt]


def any_day(chance: random.Random) -> str:
    return chance.choice(("2026-11-24", "2026-11-25"))


def any_time(chance: random.Random) -> str:
    return f"2026-11-24T{chance.choice((22, 23))}:{chance.choice((0, 15, 30, 45)):02}:00Z"
