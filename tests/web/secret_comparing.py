"""Finds where what somebody shows is compared with a secret of ours as it is: there, time tells how much was right."""

from __future__ import annotations

import ast

from tests.house.source import Module, parse

ROOMS = ("door", "tickets")
FACES = ("web/api/", "web/desk/", "web/access.py")
SHOWN = {"code", "token", "secret"}
ASKING = {"in_", "like", "ilike", "startswith", "is_"}


def parsed(text: str) -> Module:
    """Read source text as if it stood in the room of the door."""
    made = parse(text)
    return Module(made.path.parents[1] / "door" / "fault.py", made.text, made.tree)


def compared_in_clear(module: Module) -> list[str]:
    """Name each place of the door and its faces where a code, token or secret meets another value as it is."""
    if module.room not in ROOMS and not any(part in module.name for part in FACES):
        return []
    return [f"{module.name}:{node.lineno}" for node in ast.walk(module.tree) if _compares(node) or _asks(node)]


def _compares(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return False
    sides = [node.left, *node.comparators]
    return any(_is_shown(side) for side in sides) and not any(isinstance(side, ast.Constant) for side in sides)


def _asks(node: ast.AST) -> bool:
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_call and node.func.attr in ASKING and _is_shown(node.func.value)


def _is_shown(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in SHOWN
