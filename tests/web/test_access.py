"""Who gets in, who stays in, and who is told whom to ask."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests import staff_stage
from tests.staff_stage import PASSWORD, Browser, add_account, signed_in
from ticketing.app import create_app
from ticketing.staff import accounts
from ticketing.staff.models import Role, StaffSession
from ticketing.staff.roles import Permission, allows

pytestmark = pytest.mark.one_engine

STAFF_FACES = ("desk", "office")
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def staff_rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in STAFF_FACES]


def address_of(rule):
    address = re.sub(r"<uuid:[^>]+>", "00000000-0000-4000-8000-000000000001", rule.rule)
    return re.sub(r"<[^>]+>", "1", re.sub(r"<date:[^>]+>", "2026-11-24", address))


def test_every_staff_route_asks_a_permission_or_says_why_not(app):
    unguarded = [
        rule.endpoint
        for rule in staff_rules(app)
        if not hasattr(app.view_functions[rule.endpoint], "needs")
        and not hasattr(app.view_functions[rule.endpoint], "open_because")
        and rule.endpoint != "desk.sign_in_page"
    ]

    assert unguarded == []


def test_every_machine_route_that_changes_something_says_what_it_asks(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in ("api", "hooks") and rule.methods & CHANGING:
            assert app.view_functions[rule.endpoint].open_because


@pytest.mark.one_engine("postgresql")  # the stricter of the two sees every page of staff
@pytest.mark.parametrize("role", Role)
def test_the_role_matrix_holds_on_every_staff_route(app, services, role):
    browser = signed_in(app, services, role)
    browser.get("/desk/")

    for rule in staff_rules(app):
        permission = getattr(app.view_functions[rule.endpoint], "needs", None)
        if permission is None:
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = browser.client.open(address_of(rule), method=method, data={"csrf_token": browser.token})
            assert (answer.status_code == 403) is not allows(role, permission), (rule, method, answer.status_code)
            assert answer.status_code < 500, rule


def test_the_page_of_a_refusal_names_the_role_that_may(app, services):
    browser = signed_in(app, services, Role.FRONT_DESK)

    answer = browser.get("/office/closures")

    assert answer.status_code == 403
    assert "This is for managers" in answer.get_data(as_text=True)


def test_a_page_that_is_not_there_still_knows_who_asks(app, services):
    browser = signed_in(app, services, language="fr")

    answer = browser.get("/office/nothing")

    assert answer.status_code == 404
    assert 'lang="fr"' in answer.get_data(as_text=True)
    assert "/desk/sign-out" in answer.get_data(as_text=True)


def test_nobody_sees_a_staff_page_without_signing_in(app):
    browser = Browser(app)

    for rule in staff_rules(app):
        if getattr(app.view_functions[rule.endpoint], "needs", None) and "GET" in rule.methods:
            answer = browser.get(address_of(rule))
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/desk/sign-in"), rule


def test_every_change_needs_the_token_of_the_page(app, services):
    browser = signed_in(app, services, Role.ADMINISTRATOR)

    for rule in staff_rules(app):
        if "POST" in rule.methods:
            assert browser.client.post(address_of(rule), data={}).status_code == 400, rule


def test_reading_changes_nothing(app, services, database):
    """GET everything; neither rows nor audit entries come of it."""
    browser = signed_in(app, services, Role.ADMINISTRATOR)
    before = database.revision()

    for rule in staff_rules(app):
        if "GET" in rule.methods:
            browser.get(address_of(rule))

    assert database.revision() == before


def test_signing_out_ends_the_session_on_the_server(app, services):
    browser = signed_in(app, services)
    cookie = browser.client.get_cookie("foyer").value

    browser.post("/desk/sign-out")
    thief = app.test_client()
    thief.set_cookie("foyer", cookie)

    assert thief.get("/office/").status_code == 303


def test_the_session_is_a_fresh_one_after_signing_in(app, services, database):
    """Whoever planted a cookie before somebody signs in holds nothing afterwards; a second sign-in ends the first."""
    add_account(services)
    browser = Browser(app)
    browser.get("/desk/sign-in")
    planted = browser.client.get_cookie("foyer").value
    browser.sign_in()
    first = browser.client.get_cookie("foyer").value
    browser.get("/desk/sign-in")
    browser.get("/desk/")
    browser.post("/desk/sign-in", {"email": "manager@example.org", "password": PASSWORD})

    answers = []
    for cookie in (planted, first, browser.client.get_cookie("foyer").value):
        other = app.test_client()
        other.set_cookie("foyer", cookie)
        answers.append(other.get("/office/").status_code)

    assert answers == [303, 303, 200]


def test_the_cookie_holds_nothing_but_a_token_and_cannot_be_read_by_scripts(app, services):
    add_account(services)
    browser = Browser(app)
    browser.get("/desk/sign-in")

    answer = browser.post("/desk/sign-in", {"email": "manager@example.org", "password": PASSWORD})

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "manager" not in cookie


def test_half_an_hour_of_silence_signs_out(app, services, clock):
    browser = signed_in(app, services)

    clock.advance(minutes=29)
    assert browser.get("/office/").status_code == 200
    clock.advance(minutes=29)
    assert browser.get("/office/").status_code == 200
    clock.advance(minutes=30)
    assert browser.get("/office/").status_code == 303


def test_twelve_hours_sign_out_even_the_busy(app, services, clock):
    browser = signed_in(app, services)

    answers = []
    for _ in range(36):
        clock.advance(minutes=20)
        answers.append(browser.get("/office/").status_code)

    assert answers == [200] * 35 + [303]


def test_disabling_an_account_signs_it_out_at_once(app, services):
    browser = signed_in(app, services, Role.MANAGER)
    account_id = _account_id(services, "manager@example.org")
    admin = signed_in(app, services, Role.ADMINISTRATOR)
    admin.get("/office/staff")

    admin.post(f"/office/staff/{account_id}/disabling")

    assert browser.get("/office/").status_code == 303


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(app, services):
    add_account(services)
    answers = []

    for email in ("manager@example.org", "unknown1@example.org"):
        browser = Browser(app)
        browser.get("/desk/sign-in")
        answer = browser.post("/desk/sign-in", {"email": email, "password": "wrong wrong wrong"})
        text = re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))
        answers.append((answer.status_code, text))

    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_a_refused_sign_in_is_logged_without_saying_whose(app, services, caplog):
    add_account(services)
    browser = Browser(app)
    browser.get("/desk/sign-in")

    browser.post("/desk/sign-in", {"email": "manager@example.org", "password": "wrong wrong wrong"})

    assert "sign-in refused" in caplog.text
    assert "manager@" not in caplog.text
    assert "wrong wrong" not in caplog.text


def test_both_do_the_same_work(services):
    """Time is not measured: the same number of hashes of the same cost is."""
    assert accounts.passwords.NOBODY.split("$")[3] == "m=19456,t=2,p=1"
    with services.database.reading() as session:
        assert accounts.find_credentials(session, "nobody@example.org").password_hash == accounts.passwords.NOBODY


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
        "/%2f%2fevil.example", "/desk//evil.example", "/\tevil", "javascript:alert(1)", "/office/\r\nX: y", "/en/",
    ],
)  # fmt: skip
def test_signing_in_leads_only_to_our_own_pages(app, services, address):
    add_account(services)
    browser = Browser(app)
    browser.get("/desk/sign-in", query_string={"next": address})

    answer = browser.post("/desk/sign-in", {"email": "manager@example.org", "password": PASSWORD, "next": address})

    assert answer.location == "/office/"


def test_signing_in_leads_on_to_where_one_wanted_to_be(app, services):
    add_account(services)
    browser = Browser(app)
    wanted = browser.get("/office/audit?kind=order")
    page = browser.get(wanted.location).get_data(as_text=True)

    answer = browser.post(
        "/desk/sign-in", {"email": "manager@example.org", "password": PASSWORD, "next": "/office/audit?kind=order"}
    )

    assert 'value="/office/audit?kind=order"' in page
    assert answer.location == "/office/audit?kind=order"


def guess_from_here(app, times):
    """Try wrong passwords for one account from one machine; return every answer's status."""
    browser = Browser(app)
    browser.get("/desk/sign-in")
    forms = [{"email": "manager@example.org", "password": f"guess number {number}"} for number in range(times)]
    return [browser.post("/desk/sign-in", form).status_code for form in forms]


def test_guessing_is_slowed_down_and_signing_in_is_not(app, services):
    add_account(services)

    assert guess_from_here(app, 11) == [422] * 10 + [429]


def test_a_house_without_limits_in_the_same_process_takes_nobody_elses_away(app, services):
    other = create_app(replace(services.settings, has_rate_limits=False), services)

    assert guess_from_here(other, 11) == [422] * 11
    assert guess_from_here(app, 11) == [422] * 10 + [429]


def guess(app, times, *, from_network=0, email="manager@example.org"):
    """Try wrong passwords from machines all over the world; return the last answer's status."""
    status = 0
    for number in range(times):
        browser = Browser(app)
        elsewhere = {"REMOTE_ADDR": f"203.0.{from_network}.{number + 1}"}
        browser.get("/desk/sign-in", environ_base=elsewhere)
        form = {"email": email, "password": f"guess number {number}"}
        status = browser.post("/desk/sign-in", form, environ_base=elsewhere).status_code
    return status


def test_nobody_elses_guessing_keeps_a_manager_out(app, services, caplog):
    add_account(services)

    assert guess(app, 30) == 422
    assert Browser(app).sign_in().status_code == 303
    assert "slowed down" not in caplog.text


def test_an_address_that_many_guess_at_is_slowed_down_and_still_lets_its_owner_in(app, services, caplog):
    add_account(services)
    add_account(services, Role.FRONT_DESK)

    assert guess(app, 51) == 422
    assert Browser(app).sign_in().status_code == 303
    assert caplog.text.count("slowed down") == 2  # the last guess, and the owner
    assert Browser(app).sign_in(Role.FRONT_DESK).status_code == 303
    assert caplog.text.count("slowed down") == 2


def test_one_machine_cannot_try_one_password_on_everybody(app, services):
    browser = Browser(app)
    browser.get("/desk/sign-in")

    wrong = [
        browser.post("/desk/sign-in", {"email": f"person{n}@example.org", "password": "summer of 26"}).status_code
        for n in range(61)
    ]

    assert wrong == [422] * 60 + [429]


def test_staff_pages_are_never_stored(app, services):
    browser = signed_in(app, services)

    assert browser.get("/office/orders").headers["Cache-Control"] == "no-store"


def test_permissions_are_all_asked_somewhere_or_kept_for_a_page_to_come(app):
    asked = {getattr(view, "needs", None) for view in app.view_functions.values()}

    assert {*Permission} - asked == {Permission.SELL_AT_DESK}


def _account_id(services, email):
    with services.database.reading() as session:
        return accounts.find_credentials(session, email).account_id


def test_a_session_row_keeps_no_token(app, services, database):
    signed_in(app, services)

    with database.reading() as session:
        row = session.query(StaffSession).one()
    assert len(row.token_digest) == 64
    assert staff_stage.PASSWORD not in repr(vars(row))
