"""The scanner app as files: a shell for everybody, one digest for all scripts, WebAssembly for one worker alone."""

from __future__ import annotations

import json
import re

import pytest

from tests.staff_stage import signed_in
from ticketing.foundation.languages import LANGUAGES
from ticketing.staff.models import Role
from ticketing.web.desk.scanner import APP_FILES

pytestmark = pytest.mark.one_engine

SHELL = "/desk/scanner/"


def script_of(page: str) -> str:
    return re.search(r'<script type="module" src="([^"]+)"', page)[1]


def test_the_shell_is_the_same_for_everybody_and_speaks_every_language(app, services, client):
    nobody = client.get(SHELL, query_string={"language": "en"})
    manager = signed_in(app, services, Role.MANAGER, language="en").get(SHELL)
    languages = {language: client.get(SHELL, query_string={"language": language}).text for language in LANGUAGES}

    assert nobody.text == manager.text
    assert "wasm" not in nobody.headers["Content-Security-Policy"]
    assert len(set(languages.values())) == len(LANGUAGES)
    said = json.loads(re.search(r"data-words='([^']+)'", languages["de"])[1])
    assert said["reasons"]["already_used"]["word"] == "Schon benutzt"


def test_every_file_the_phone_keeps_is_there_and_only_the_reader_may_compile(client):
    worker = client.get("/desk/scanner/worker.js")
    kept = json.loads(re.search(r"const FILES = (\[.*\]);", worker.text)[1])
    answers = {address: client.get(address) for address in kept}
    may_compile = [
        address
        for address, answer in answers.items()
        if "wasm-unsafe-eval" in answer.headers["Content-Security-Policy"]
    ]
    for answer in answers.values():
        answer.close()

    assert {answer.status_code for answer in answers.values()} == {200}
    assert len(kept) == len(APP_FILES) + 6
    assert [address.rsplit("/", 1)[1] for address in may_compile] == ["reader.js"]
    assert answers[next(each for each in kept if each.endswith(".wasm"))].content_type == "application/wasm"
    assert worker.headers["Cache-Control"] == "no-cache"


def test_a_file_is_remembered_under_its_digest_alone(client):
    script = script_of(client.get(SHELL).text)
    older = re.sub(r"/files/[0-9a-f]+/", "/files/0123456789ab/", script)

    assert "max-age=31536000" in client.get(script).headers["Cache-Control"]
    assert client.get(older).headers["Cache-Control"] == "no-cache"
    assert client.get(older.replace("scanner.js", "../keep.js")).status_code == 404


def test_a_phone_can_install_it(client):
    manifest = client.get("/desk/scanner/app.webmanifest", query_string={"language": "fr"}).get_json(force=True)
    icons = {icon["src"]: client.get(icon["src"]) for icon in manifest["icons"][::2]}
    for icon in icons.values():
        icon.close()

    assert (manifest["start_url"], manifest["scope"], manifest["lang"]) == (SHELL, SHELL, "fr")
    assert {icon.content_type for icon in icons.values()} == {"image/png"}
