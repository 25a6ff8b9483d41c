"""Every sentence in four languages, every page without inline code, every setting and command told to the operator."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from config import Settings
from tests.house.source import HOME
from ticketing.foundation.languages import CATALOGUES, LANGUAGES, SOURCE_LANGUAGE

pytestmark = pytest.mark.xdist_group("texts")  # all sentences are read once

TRANSLATED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
METHODS = [("ticketing/**.py", "python"), ("templates/**", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "say": None}
PLACE = re.compile(r"%\((\w+)\)s")
TEMPLATES = sorted(path for path in (HOME / "templates").rglob("*") if path.is_file())
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and "mail" not in path.parts]


@functools.cache
def sentences() -> set[str | tuple[str, ...]]:
    options = {"templates/**": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
    found: set[str | tuple[str, ...]] = set()
    for folder in ("ticketing", "templates"):
        methods = [(pattern.removeprefix(f"{folder}/"), how) for pattern, how in METHODS if pattern.startswith(folder)]
        chosen = {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()}
        for _, _, message, _, _ in extract_from_dir(HOME / folder, methods, chosen, KEYWORDS):
            if message:
                found.add(message)
    return found


@functools.cache
def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    told: dict[str, tuple[str, ...]] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                key = message.id[0] if isinstance(message.id, tuple) else message.id
                if key:
                    assert not message.fuzzy, f"{path.name}: read {key!r} again and take the fuzzy mark off (STYLE 11)."
                    said = message.string
                    told[key] = tuple(said) if isinstance(said, list | tuple) else (said,)
    return told


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    told = catalogue(language)

    untold = sorted(
        key
        for each in sentences()
        for key in [each[0] if isinstance(each, tuple) else each]
        if not all(told.get(key, ("",)))
    )

    assert untold == [], f"Add these to translations/{language}/ (STYLE 11)."


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_of_a_sentence_that_is_gone(language: str) -> None:
    said = {key for each in sentences() for key in ([each[0]] if isinstance(each, tuple) else [each])}

    gone = sorted(set(catalogue(language)) - said)
    assert gone == [], f"Take these out of translations/{language}/: nobody says them any more (STYLE 11)."


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_places_for_values(language: str) -> None:
    wrong = []
    for key, forms in catalogue(language).items():
        for form in forms:
            if set(PLACE.findall(form)) - {"num"} != set(PLACE.findall(key)) - {"num"}:
                wrong.append((key, form))

    assert wrong == [], "Keep every %(name)s of the sentence in its translation (STYLE 11)."


def test_pages_carry_no_code_and_no_style_of_their_own() -> None:
    inline = re.compile(
        r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(\ssrc=|application/ld\+json))|javascript:", re.IGNORECASE
    )

    inlined = [path.name for path in PAGES if inline.search(path.read_text())]
    assert inlined == [], "Put code and style into files under static/: the policy refuses them in a page (STYLE 11)."


def test_pages_ask_nothing_of_other_hosts() -> None:
    foreign = re.compile(r"""(?:src|href|action)=["']https?://|url\(["']?https?://|@import|fetch\(["']https?:""")
    files = [*PAGES, *(HOME / "static").rglob("*.css"), *(HOME / "static").rglob("*.js")]

    asking = [path.name for path in files if foreign.search(path.read_text())]
    assert asking == [], "Serve it ourselves, under static/: no visitor is told on to another host (STYLE 11)."


def test_every_form_that_changes_something_carries_its_token() -> None:
    missing = []
    for path in PAGES:
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
            if "csrf" not in form:
                missing.append((path.name, form[:80]))

    assert missing == [], "Put the csrf_token field into the form (STYLE 3)."


def handbook() -> str:
    return (HOME / "README.md").read_text() + (HOME / "docs" / "operating.md").read_text()


@pytest.mark.parametrize("name", sorted(set(re.findall(r'"([A-Z][A-Z_]{3,})"', (HOME / "config.py").read_text()))))
def test_every_setting_is_told_to_the_operator(name: str) -> None:
    assert f"`{name}`" in handbook(), f"Tell of {name} in docs/operating.md, Settings (STYLE 11)."


def test_settings_stay_few() -> None:
    assert len(fields(Settings)) < 30, "What managers change is a table, not a setting (STYLE 10)."


def commands(app: Flask) -> Iterator[str]:
    for name, command in app.cli.commands.items():
        if name in {"routes", "run", "shell"}:
            continue
        yield from (
            (f"flask {name} {inner}" for inner in getattr(command, "commands", {}))
            if hasattr(command, "commands")
            else [f"flask {name}"]
        )


def test_every_command_is_told_to_the_operator(app: Flask) -> None:
    untold = [command for command in commands(app) if f"`{command}" not in handbook()]
    assert untold == [], "Tell of these in docs/operating.md, Commands (STYLE 11)."


def test_every_address_belongs_to_one_the_operator_knows(app: Flask) -> None:
    told = re.findall(r"^\| (`/[^|]*) \|", handbook(), re.MULTILINE)
    known = tuple(address for row in told for address in re.findall(r"`([^`]+)`", row) if address != "/")

    rules = [re.sub(r"<any\([^)]*\):language>", "<language>", str(rule)) for rule in app.url_map.iter_rules()]
    unknown = [rule for rule in rules if rule != "/" and not rule.startswith(known)]

    assert unknown == [], "Add a row to docs/operating.md, Addresses (STYLE 11)."


def test_every_decision_is_short_enough_to_be_read() -> None:
    for path in sorted((HOME / "docs" / "decisions").glob("0*.md")):
        assert len(path.read_text().split()) <= 180, (
            f"{path.name}: say rule, reason, what follows in 150 words (STYLE 9)."
        )


@pytest.mark.parametrize(
    "path", [*sorted((HOME / "docs").rglob("*.md")), HOME / "README.md"], ids=lambda path: path.name
)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())

    broken = [link for link in links if not (path.parent / link).exists()]
    assert broken == [], f"Mend or take out these links of {path.name} (STYLE 9)."
