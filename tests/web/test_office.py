"""The office: close and reopen with the consequences first, and the lists a manager lives by."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from tests import door_stage
from tests.staff_stage import PASSWORD, Browser, add_account, signed_in
from ticketing.catalogue.models import Closure, ClosureState
from ticketing.door import devices
from ticketing.foundation import jobs
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.jobs import Job, JobState
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import closing
from ticketing.sales.models import Order
from ticketing.staff.models import Role

# Pages: their rooms are tested on both; PostgreSQL is the stricter of the two.
pytestmark = pytest.mark.one_engine("postgresql")

REASONS = {f"reason_{language}": f"Storm ({language})" for language in LANGUAGES}


@pytest.fixture
def stage(database, clock):
    with database.transaction() as session:
        return door_stage.build(session, starts_at=clock.now())


@pytest.fixture
def office(app, services, stage):
    browser = signed_in(app, services, Role.MANAGER)
    browser.get("/desk/")
    return browser


@pytest.fixture
def admin(app, services, stage):
    browser = signed_in(app, services, Role.ADMINISTRATOR)
    browser.get("/desk/")
    return browser


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def in_force(database):
    with database.reading() as session:
        return session.scalars(select(Closure).where(Closure.state == ClosureState.IN_FORCE)).all()


def test_today_counts_sold_and_let_in(office, stage):
    office.post("/desk/scan", {"code": stage.code})

    page = text_of(office.get("/office/"))

    assert "1 sold of 50" in page
    assert "1 let in" in page


def test_the_consequences_are_shown_before_anything_is_closed(office, database):
    page = office.get("/office/closures/new?until=today&cause=strike")

    assert "1 slot nobody can buy or enter" in text_of(page)
    assert "1 order" in text_of(page)
    assert "1 person cannot come in." in text_of(page)
    for language_reason in ("stakingsactie", "grève", "strike", "Streiks"):
        assert language_reason in page.get_data(as_text=True)
    assert in_force(database) == []


def test_closing_is_said_by_site_status_and_door_at_once_and_reopening_undoes_it(office, stage, database, client):
    answer = office.post("/office/closures", {"until": "today", **REASONS})

    assert answer.status_code == 303
    assert answer.location.startswith("/office/closures/")
    assert client.get("/api/v1/status").json["closure"]["reason"]["fr"] == "Storm (fr)"
    assert "Storm (nl)" in client.get("/nl/").get_data(as_text=True)
    assert "Closed" in text_of(office.post("/desk/scan", {"code": stage.code}))

    closure = in_force(database)[0]
    office.post(f"/office/closures/{closure.id}/lifting")

    assert client.get("/api/v1/status").json["closure"] is None
    assert "Welcome" in text_of(office.post("/desk/scan", {"code": stage.code}))


def test_a_closure_is_on_record_with_who_made_it(office, database):
    office.post("/office/closures", {"until": "notice", **REASONS})

    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.code == "closure.began")).one()
    assert entry.actor_name == "Test manager"
    assert "Closed" in text_of(office.get("/office/audit?kind=closure"))


@pytest.mark.parametrize(
    ("form", "ends"),
    [
        ({"until": "today"}, "2026-11-24T23:00:00+00:00"),
        ({"until": "next_opening"}, "2026-11-24T23:00:00+00:00"),  # without usual hours: as the next day begins
        ({"until": "moment", "until_at": "2026-11-24T14:30"}, "2026-11-24T13:30:00+00:00"),
        ({"until": "notice"}, None),
    ],
)
def test_every_preset_ends_when_it_says(office, database, form, ends):
    office.post("/office/closures", {**form, **REASONS})

    ends_at = in_force(database)[0].ends_at
    assert (ends_at.isoformat() if ends_at else None) == ends


@pytest.mark.parametrize(
    "form",
    [
        {"until": "moment", "until_at": ""}, {"until": "moment", "until_at": "2026-02-30T10:00"},
        {"until": "moment", "until_at": "٢٠٢٦-11-24T10:00"}, {"until": "moment", "until_at": "2027-03-28T02:30"},
        {"until": "moment", "until_at": "2026-11-24T09:00"}, {"until": "for ever"}, {"experience": "nowhere"},
        {"reason_nl": ""}, {"reason_fr": "   "}, {"reason_de": "x" * 301},
        {"until": "moment", "until_at": "0001-01-01T00:00"}, {"until": "moment", "until_at": "9999-12-31T23:59"},
    ],
    ids=range(12),
)  # fmt: skip
def test_a_closing_form_that_cannot_be_read_closes_nothing_and_says_where(office, database, form):
    answer = office.post("/office/closures", {**REASONS, **form})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert in_force(database) == []


@pytest.mark.parametrize("until_at", ["0001-01-01T00:00", "9999-12-31T23:59", "1999-12-31T23:59", "2100-01-01T00:00"])
def test_a_date_out_of_this_century_is_refused_before_its_consequences_are_counted(office, until_at):
    answer = office.get(f"/office/closures/new?until=moment&until_at={until_at}")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", ["99999999999999999999", "2147483648", "1000000000", "١", "0", "-1", "1.5", "1e3"])
def test_a_number_in_an_address_that_no_row_can_have_leads_nowhere(app, admin, database, number):
    admin.post("/office/closures", {"until": "notice", **REASONS})
    admin.post("/office/devices", {"name": "Scanner", "gate": ""})
    numbered = [rule for rule in app.url_map.iter_rules() if "<int:" in str(rule)]
    assert len(numbered) >= 6

    for rule in numbered:
        address = re.sub(r"<int:\w+>", number, str(rule))
        answer = admin.post(address) if "POST" in rule.methods else admin.get(address)
        assert answer.status_code == 404, address
    assert len(in_force(database)) == 1


def test_what_was_typed_is_still_there_after_a_mistake(office):
    page = office.post("/office/closures", {**REASONS, "reason_nl": ""}).get_data(as_text=True)

    assert "Storm (fr)" in page


def test_lifting_twice_is_lifting_once(office, database):
    office.post("/office/closures", {"until": "today", **REASONS})
    closure = in_force(database)[0]

    answers = [office.post(f"/office/closures/{closure.id}/lifting").status_code for _ in range(2)]

    assert answers == [303, 303]
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.code == "closure.lifted")).all()
    assert len(entries) == 1


def test_an_order_is_found_by_code_and_by_address(office, stage, database):
    with database.reading() as session:
        code = session.get_one(Order, stage.order_id).code

    by_code = office.post("/office/orders", {"typed": f" {code.lower()[:4]}-{code.lower()[4:]} "})
    by_address = office.post("/office/orders", {"typed": "ADA@example.org"})

    assert by_code.location == f"/office/orders/{code}"
    assert code in text_of(by_address)


@pytest.mark.parametrize("typed", ["", "nobody@example.org", "ABCDEFGH", "%", "'; --", "\x1b@x.y", "x" * 9999])
def test_an_order_that_is_not_there_is_said_plainly(office, typed):
    answer = office.post("/office/orders", {"typed": typed})

    assert answer.status_code == 200
    assert "No order has" in text_of(answer)


def test_an_unknown_order_code_is_not_found(office):
    assert office.get("/office/orders/AAAAAAAA").status_code == 404
    assert office.get("/office/orders/%00").status_code == 404


def test_a_device_token_is_shown_once_and_opens_the_door(office, stage, client, database, clock):
    page = office.post("/office/devices", {"name": "Tablet", "gate": stage.gate.slug}).get_data(as_text=True)
    token = re.search(r'class="secret-once"><code>([^<]+)<', page)[1]

    answer = client.post(
        "/api/v1/scans", json={"code": stage.code, "scan_id": "1"}, headers={"Authorization": f"Bearer {token}"}
    )
    again = office.get("/office/devices").get_data(as_text=True)

    assert answer.json["verdict"] == "admit"
    assert token not in again


def test_a_revoked_device_is_out_at_once(office, stage, client, database, clock):
    page = office.post("/office/devices", {"name": "Tablet", "gate": stage.gate.slug}).get_data(as_text=True)
    token = re.search(r'class="secret-once"><code>([^<]+)<', page)[1]
    with database.reading() as session:
        device_id = devices.get_by_name(session, "Tablet").id

    office.post(f"/office/devices/{device_id}/revocation")

    answer = client.post("/api/v1/scans", json={}, headers={"Authorization": f"Bearer {token}"})
    wanted = {"code": stage.code, "scan_id": "1"}
    answer = client.post("/api/v1/scans", json=wanted, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "x" * 99}, {"name": "a\x1b"}, {"name": "T", "gate": "nowhere"}]
)
def test_a_device_that_cannot_be_enrolled_is_said_on_the_page(office, form):
    assert office.post("/office/devices", form).status_code == 422


def test_names_are_text_and_never_markup(office):
    page = office.post("/office/gates", {"gate_name": '"><svg onload=1>'})
    shown = office.get("/office/devices").get_data(as_text=True)

    assert page.status_code == 303
    assert "<svg onload" not in shown


def test_a_failed_job_can_be_tried_again(office, database, clock):
    with database.transaction() as session:
        jobs.enqueue(session, "send_confirmation", "confirmation:1", now=clock.now())
        job = session.scalars(select(Job)).one()
        job.state, job.error = JobState.FAILED, "SMTPError: mailbox full"
        job_id = job.id

    page = text_of(office.get("/office/jobs"))
    office.post(f"/office/jobs/{job_id}/attempts")

    assert "mailbox full" in page
    with database.reading() as session:
        assert session.get_one(Job, job_id).state is JobState.WAITING


def test_what_is_not_there_is_not_found(office, admin):
    for address in ("/office/jobs/99/attempts", "/office/devices/99/revocation", "/office/closures/99/lifting"):
        assert office.post(address).status_code == 404
    assert admin.post("/office/staff/99/disabling").status_code == 404


def test_an_administrator_adds_somebody_who_can_sign_in_and_disables_them(app, admin):
    form = {"name": "Eva", "email": "eva@example.org", "role": "manager", "language": "fr", "password": PASSWORD}

    added = admin.post("/office/staff", form)
    eva = Browser(app)
    eva.get("/desk/sign-in")
    signed = eva.post("/desk/sign-in", {"email": "eva@example.org", "password": PASSWORD})
    eva.get("/office/")
    account_id = re.search(r"/office/staff/(\d+)/disabling", admin.get("/office/staff").get_data(as_text=True))[1]
    admin.post(f"/office/staff/{account_id}/disabling")

    assert (added.status_code, signed.location) == (303, "/office/")
    assert eva.get("/office/").status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"), ({"name": ""}, "name"), ({"role": "king"}, "role"),
        ({"language": "xx"}, "language"),
        ({"password": "short"}, "password"), ({"email": "administrator@example.org"}, "email"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_added_is_said_and_what_was_typed_stays(admin, changes, field):
    form = {"name": "Eva", "email": "eva@example.org", "role": "manager", "language": "fr", "password": PASSWORD}

    answer = admin.post("/office/staff", {**form, **changes})

    assert answer.status_code in (409, 422)
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page
    assert PASSWORD not in page


def test_a_new_password_replaces_the_old_one_and_its_sessions(app, services, admin):
    account_id = add_account(services, Role.FRONT_DESK)
    desk = Browser(app)
    desk.sign_in(Role.FRONT_DESK)

    weak = admin.post(f"/office/staff/{account_id}/password", {"password": "password123"})
    still_in = desk.get("/desk/").status_code
    admin.post(f"/office/staff/{account_id}/password", {"password": "lantern violin harbour"})

    assert (weak.status_code, still_in, desk.get("/desk/").status_code) == (422, 200, 303)
    assert desk.sign_in(Role.FRONT_DESK).status_code == 422
    assert desk.sign_in(Role.FRONT_DESK, password="lantern violin harbour").status_code == 303


def test_an_administrator_cannot_disable_themselves(admin, services, database):
    own = re.findall(r"/office/staff/(\d+)/disabling", admin.get("/office/staff").get_data(as_text=True))

    assert own == []
    assert admin.post("/office/staff/1/disabling").status_code == 409


def test_more_rights_cannot_be_posted(office):
    form = {"name": "Eva", "email": "eva@example.org", "role": "administrator", "password": PASSWORD, "language": "nl"}

    assert office.post("/office/staff", form).status_code == 403


def test_the_audit_log_is_paged_and_odd_pages_are_harmless(office):
    for query in (
        "",
        "?before=5",
        "?before=x",
        "?before=99999999999999999999",
        "?kind=%25",
        "?kind=order",
        "?before=-1",
    ):
        assert office.get(f"/office/audit{query}").status_code == 200


def test_lists_do_not_ask_more_of_the_database_as_they_grow(office, database, clock, statements_of):
    few = statements_of(lambda: office.get("/office/"))
    with database.transaction() as session:
        for _ in range(5):
            door_stage.build(session, starts_at=clock.now())

    assert statements_of(lambda: office.get("/office/")) == few


@pytest.fixture
def statements_of(database):
    def count(act):
        act()  # what is remembered between pages is remembered now
        seen = []
        listen = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", listen)
        try:
            act()
        finally:
            event.remove(database.engine, "before_cursor_execute", listen)
        return len(seen)

    return count


def test_a_phone_becomes_a_scanner_by_a_managers_symbol_until_it_is_revoked(office, stage, client, clock):
    page = office.post("/office/devices/invitations", {"gate": stage.gate.slug}).get_data(as_text=True)
    secret, token = re.search(r"/desk/device#([a-z2-7]{32})<", page)[1], "A" * 43
    wanted = {"secret": secret, "name": "Phone <1>", "token": token}

    answers = [client.post("/api/v1/devices", json=wanted) for _ in range(2)]
    other = client.post("/api/v1/devices", json=wanted | {"token": "B" * 43})
    late = {"clock": (clock.now() - timedelta(minutes=7)).isoformat(), "unsent_scans": 3}
    contact = client.post("/api/v1/devices/contacts", json=late, headers={"Authorization": f"Bearer {token}"})
    shown = office.get("/office/devices").get_data(as_text=True)
    row = shown.split("Phone &lt;1&gt;")[1]
    office.post(re.search(r"/office/devices/\d+/revocation", row)[0])
    revoked = client.post("/api/v1/devices/contacts", json=late, headers={"Authorization": f"Bearer {token}"})

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json == {
        "name": "Phone <1>", "gate": {"slug": stage.gate.slug, "name": stage.gate.name},
    }  # fmt: skip
    assert (other.status_code, other.json["code"]) == (410, "invitation_over")
    assert (contact.status_code, contact.json["clock_ahead_seconds"]) == (200, -420)
    assert "7 minutes behind" in shown
    assert "3 scans in it are lost" in shown
    assert revoked.status_code == 401


def test_a_closure_can_be_undone_in_its_first_minutes_and_then_leads_to_the_cases_of_its_orders(
    office, stage, database, services, clock
):
    first = office.post("/office/closures", {"until": "today", **REASONS}).location
    assert "Undo" in text_of(office.get(first))
    assert "1 order" in text_of(office.get(first))
    office.post(f"{first}/undoing")
    assert in_force(database) == []

    board = office.post("/office/closures", {"until": "today", **REASONS}).location
    clock.advance(minutes=10)
    late = office.post(f"{board}/undoing")
    assert (late.status_code, "Too late to undo" in text_of(late)) == (410, True)
    closing.tend(services)

    page = text_of(office.get(f"{board}?state=open"))
    assert "still to settle" in page
    assert "open;1;" in office.get(f"{board}/cases.csv").text
    amendment = office.get(f"{board}/amendment?until=notice")
    digest = re.search(r'name="digest" value="(\w+)"', amendment.text)[1]
    assert office.post(f"{board}/amendment", {"until": "notice", "digest": "no"}).status_code == 409
    assert office.post(f"{board}/amendment", {"until": "notice", "digest": digest}).status_code == 303
    assert in_force(database)[0].ends_at is None
