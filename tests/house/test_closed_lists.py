"""Lists that are closed: states and their moves, error codes and their words, permissions and their routes."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from enum import StrEnum

import pytest
from flask import Flask

from tests.house.source import HOME, PACKAGE, package
from ticketing import cli
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.languages import LANGUAGES, SOURCE_LANGUAGE, translations
from ticketing.staff.models import Role
from ticketing.web.error_words import BY_CODE

SAFE = {"GET", "HEAD", "OPTIONS"}
ASK_PERMISSION = "Put @access.requires(…) on it, or @access.open_to_all(reason); the edge asks permission (STYLE 3)."


def modules() -> Iterator:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("cli.serve"):
            yield importlib.import_module(name)


def test_every_command_is_found_by_its_name() -> None:
    held = {
        command.name: module.__name__.rpartition(".")[2]
        for module in modules()
        if module.__name__.startswith("ticketing.cli.")
        for command in getattr(module, "COMMANDS", ())
    }
    assert {**held, "serve": "serve"} == cli.FILES, "Name the command and its file in cli/__init__.py (STYLE 11)."


def move_tables() -> dict[str, dict]:
    return {
        name: value for module in modules() for name, value in vars(module).items()
        if name.endswith("_MOVES") and isinstance(value, dict)
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(move_tables()))
def test_every_state_says_where_it_may_go(name: str) -> None:
    moves = move_tables()[name]
    states = type(next(iter(moves)))

    assert issubclass(states, StrEnum), "A state is a word of a closed enum (STYLE 6)."
    assert set(moves) == set(states), "A state that is no key is a dead end: give it its moves (STYLE 6)."
    targets = {target for after in moves.values() for target in after}
    assert targets <= set(states), "A move leads to a state that is none: add it to the enum (STYLE 6)."


def error_classes(kind: type[TicketingError] = TicketingError) -> set[type[TicketingError]]:
    list(modules())
    return {kind, *(deeper for each in kind.__subclasses__() for deeper in error_classes(each))}


def own_codes() -> dict[str, list[type[TicketingError]]]:
    codes: dict[str, list[type[TicketingError]]] = {}
    for each in error_classes() - {TicketingError}:
        if "code" in vars(each):
            codes.setdefault(each.code, []).append(each)
    return codes


def codes_given_by_hand() -> set[str]:
    return {code for module in package() for code in re.findall(r'\bcode="([a-z_]+)"', module.text)}


def test_no_two_errors_share_a_code() -> None:
    shared = {code: classes for code, classes in own_codes().items() if len(classes) > 1}

    assert shared == {}, "Give each error a code of its own: faces and scripts tell them apart by it (STYLE 5)."


# Met by commands and the worker alone, whose operators read English; and Stripe's own codes, which its SDK reads.
NEVER_ON_A_PAGE = {
    "backup_exists", "backup_failed", "backup_not_found", "not_a_backup", "mail_refused", "mail_unreachable",
    "unsafe_header", "invalid_signature", "charge_already_refunded", "charge_disputed", "resource_missing",
    "address_refused", "no_maildir", "revision_not_found", "unknown_reference",
}  # fmt: skip
NEEDS_A_ROLE = {f"needs_{role.value}" for role in Role}


def codes() -> set[str]:
    return {*own_codes(), *codes_given_by_hand()} - NEVER_ON_A_PAGE | NEEDS_A_ROLE


def test_every_code_has_words_that_say_what_to_do() -> None:
    assert codes() - set(BY_CODE) == set(), "Add a title and a sentence to BY_CODE (STYLE 5)."


def test_words_are_for_codes_that_exist() -> None:
    assert set(BY_CODE) - codes() == set(), "Take the words out: nobody raises these any more (STYLE 5)."


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != SOURCE_LANGUAGE])
def test_every_error_is_said_in_every_language(language: str) -> None:
    catalogue = translations(language)

    untold = [words for pair in BY_CODE.values() for words in pair if catalogue.ugettext(words) == words]

    assert untold == [], f"Translate these in translations/{language}/ (STYLE 5)."


def test_every_error_code_is_in_the_interfaces_document(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()

    told = set(document["components"]["schemas"]["ProblemBody"]["properties"]["code"]["enum"])
    assert told >= set(BY_CODE), "Let web/api/shapes.py make its list of BY_CODE: machines read it (STYLE 5)."


def views(app: Flask) -> Iterator[tuple[str, object]]:
    for rule in app.url_map.iter_rules():
        yield f"{rule} {sorted((rule.methods or set()) - SAFE)}", app.view_functions[rule.endpoint]


def test_every_route_that_changes_something_asks_permission_or_says_why_not(app: Flask) -> None:
    open_doors = [
        rule for rule, view in views(app)
        if not rule.endswith("[]") and not hasattr(view, "needs") and not hasattr(view, "open_because")
    ]  # fmt: skip

    assert open_doors == [], ASK_PERMISSION


def test_every_staff_page_asks_permission_or_says_why_not(app: Flask) -> None:
    open_doors = [
        rule for rule, view in views(app)
        if rule.startswith(("/office", "/desk")) and not hasattr(view, "needs") and not hasattr(view, "open_because")
    ]  # fmt: skip

    assert open_doors == [], ASK_PERMISSION


def test_every_fault_point_is_reached_somewhere() -> None:
    named = set(re.findall(r'^    "(C\d+)":', (PACKAGE / "foundation" / "failpoints.py").read_text(), re.MULTILINE))
    reached = {name for module in package() for name in re.findall(r'reach\("(C\d+)"\)', module.text)}

    assert named == reached, "Name every failpoint in failpoints.py, and reach every one that is named (STYLE 2)."
