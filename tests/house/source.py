"""The source as trees, read once; what the rules of the house are asked of."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
PACKAGE = HOME / "ticketing"


@dataclass(frozen=True)
class Module:
    """One file of ours."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the project's top, as a report names it."""
        return self.path.relative_to(HOME).as_posix()

    @property
    def room(self) -> str:
        """The room of the package the file is in; "" for those at its top."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""


def parse(text: str, path: Path = PACKAGE / "planted" / "fault.py") -> Module:
    """Read source text as a module; without a path, a planted fault."""
    return Module(path, text, ast.parse(text))


@functools.cache
def package() -> tuple[Module, ...]:
    """Every file of the package."""
    return tuple(parse(path.read_text(encoding="utf-8"), path) for path in sorted(PACKAGE.rglob("*.py")))


def functions(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones too."""
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
