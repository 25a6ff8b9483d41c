"""A reseller with a key, and what they ask over /octo: every answer is judged by the specification's own schemas."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

SPECIFICATION = Path(__file__).parents[1] / "fixtures" / "octo" / "openapi.yaml"


@functools.cache
def specification() -> dict[str, Any]:
    """Return OCTO's OpenAPI document with its schemas as JSON Schema says them: `nullable` is OpenAPI's own."""
    document = yaml.load(SPECIFICATION.read_text(), Loader=yaml.CSafeLoader)
    schemas = {name: _plain(schema) for name, schema in document["components"]["schemas"].items()}
    return {"$defs": schemas}


def judge(name: str, told: object) -> None:
    """Hold an answer, or each row of one, against a schema of the specification."""
    validator = Draft202012Validator({**specification(), "$ref": f"#/$defs/{name}"})
    rows = told if isinstance(told, list) else [told]
    wrong = [
        f"{'/'.join(map(str, each.path))}: {each.message[:200]}" for row in rows for each in validator.iter_errors(row)
    ]
    assert wrong == [], (name, wrong[:5])


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema.replace("#/components/schemas/", "#/$defs/") if isinstance(schema, str) else schema
    kept = {key: _plain(value) for key, value in schema.items() if key not in ("nullable", "example", "examples")}
    return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") is True else kept


@dataclass
class Caller:
    """A reseller's system."""

    client: FlaskClient
    key: str
    capabilities: str = ""

    def ask(self, path: str, body: object = None, method: str = "") -> TestResponse:
        """Send a request as the official validator does, without a slash at its end."""
        headers = {"Authorization": f"Bearer {self.key}", "Octo-Capabilities": self.capabilities}
        verb = method or ("GET" if body is None else "POST")
        return self.client.open(f"/octo{path}", method=verb, json=body, headers=headers)

    def good(self, schema: str, path: str, body: object = None, method: str = "") -> Any:
        """Ask what must be answered with 200 and this schema."""
        answer = self.ask(path, body, method)
        assert answer.status_code == 200, answer.get_json()
        judge(schema, answer.get_json())
        return answer.get_json()

    def refused(self, error: str, path: str, body: object = None, method: str = "") -> dict[str, Any]:
        """Ask what must be answered with 400 and this code."""
        answer = self.ask(path, body, method)
        told = answer.get_json()
        assert (answer.status_code, told["error"]) == (400, error), told
        assert told["errorMessage"]
        return told
