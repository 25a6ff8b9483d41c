"""What the source must look like. Each rule is shown a planted fault, so that it is known to bite."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import HOME, Module, functions, package, parse

MOST_LINES, MOST_FUNCTION_LINES = 400, 50
VAGUE_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "services"}
DATABASE = "ticketing/foundation/database.py"
FACES = {"web", "cli"}
# STYLE 7: words of other trades. `session` is the database's; `booking` belongs to the reseller interface.
FOREIGN_WORDS = re.compile(r"(^|_)(cart|timeslot|checkin|check_in|inventory|seats?|barcode|booking|category)(_|$)")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(home|root|work|Users)/\w")
TEXTS = (".py", ".md", ".html", ".css", ".js", ".toml", ".txt", ".in", ".yaml", ".conf", ".service", ".po", "")


def transactions_elsewhere(module: Module) -> list[str]:
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"commit", "rollback", "Session", "sessionmaker", "begin"}:
                found.append(f"{module.name}:{node.lineno} {called}()")
    return found


def long_functions(module: Module) -> list[str]:
    return [
        f"{module.name}:{each.lineno} {each.name} has {(each.end_lineno or 0) - each.lineno + 1} lines"
        for each in functions(module)
        if (each.end_lineno or 0) - each.lineno + 1 > MOST_FUNCTION_LINES
    ]


def undocumented(module: Module) -> list[str]:
    found = [] if ast.get_docstring(module.tree) else [f"{module.name} says not what it is for"]
    is_view = module.room in FACES
    for node in module.tree.body:
        is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if is_public and not ast.get_docstring(node) and not (is_view and isinstance(node, ast.FunctionDef)):
            found.append(f"{module.name}:{node.lineno} {node.name}")
    return found


def inner_imports(module: Module) -> list[str]:
    return [
        f"{module.name}:{node.lineno}"
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def switches(module: Module) -> list[str]:
    """Booleans that can be given by position: `admit(ticket, True)` says nothing to its reader."""
    found = []
    for function in functions(module):
        for argument in (*function.args.posonlyargs, *function.args.args):
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "bool":
                found.append(f"{module.name}:{function.lineno} {function.name}({argument.arg})")
    return found


def foreign_words(module: Module) -> list[str]:
    names = [module.path.stem] + [
        node.name for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    snake = (re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names)
    foreign = [name for name in snake if FOREIGN_WORDS.search(name)]
    return [f"{module.name}: {name}" for name in foreign if not ("booking" in name and "/web/octo/" in module.name)]


def looks_back(module: Module) -> list[str]:
    """Relationships that grow on another class unseen, or name their target as text, which no import contract reads."""
    found = []
    for node in ast.walk(module.tree):
        is_relationship = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "relationship"
        if is_relationship and any(word.arg == "backref" for word in node.keywords):
            found.append(f"{module.name}:{node.lineno} backref")
        elif is_relationship and node.args and isinstance(node.args[0], ast.Constant):
            found.append(f"{module.name}:{node.lineno} {node.args[0].value!r}")
    return found


RULES = {
    "Only foundation/database.py begins and ends transactions; take a session as an argument (STYLE 2).": (
        transactions_elsewhere,
        "def f(s):\n    s.commit()\n",
    ),
    "A function fits a screen; move a part of the story into a function of its own (STYLE 9).": (
        long_functions,
        "def f():\n" + "    x = 1\n" * MOST_FUNCTION_LINES,
    ),
    "A public function of a room says in a sentence what it does, its units and what it raises (STYLE 9).": (
        undocumented,
        "def place():\n    return 1\n",
    ),
    "Import at the top: an import in a function hides a circle; the lower room is in the wrong place (STYLE 1).": (
        inner_imports,
        "def f():\n    import os\n",
    ),
    "Make two functions of it, or take the switch by name (STYLE 3).": (
        switches,
        "def admit(ticket: str, force: bool): ...\n",
    ),
    "Use the trade's own word (STYLE 7; docs/architecture.md, the words).": (foreign_words, "class CartLine: ...\n"),
    "Ask the other table instead of looking back at it: no backref, and no relationship by a class's name (STYLE 1).": (
        looks_back,
        'slot = relationship("Slot", backref="lines")\n',
    ),
}


@pytest.mark.parametrize("advice", RULES)
def test_the_package_keeps_the_rule(advice: str) -> None:
    rule, _ = RULES[advice]

    broken = [fault for module in package() if not (rule is transactions_elsewhere and module.name == DATABASE)
              for fault in rule(module)]  # fmt: skip

    assert broken == [], advice


@pytest.mark.parametrize("advice", RULES)
def test_the_rule_sees_a_planted_fault(advice: str) -> None:
    rule, fault = RULES[advice]

    assert rule(parse(fault)) != [], "The rule has gone blind: mend the rule, not the fault (STYLE 11)."


def test_files_are_named_after_a_capability_and_fit_in_a_head() -> None:
    vague = [module.name for module in package() if module.path.stem in VAGUE_FILES]
    too_long = [module.name for module in package() if module.text.count("\n") > MOST_LINES]

    assert vague == [], "Name the file after what it can do (STYLE 10)."
    assert too_long == [], "Over 400 lines there are two capabilities in it: part them (STYLE 11)."


def test_ruff_keeps_watching_what_it_watches() -> None:
    settings = (HOME / "pyproject.toml").read_text()

    for rule in ('"C90"', '"DTZ"', '"FBT001"', '"PLC0415"', '"PLR0917"', '"T20"', "max-complexity = 8",
                 "max-positional-args = 5", "datetime.datetime.now", "datetime.date.today", "time.time"):  # fmt: skip
        assert rule in settings, f"Put {rule} back into pyproject.toml: the rule still holds (STYLE 11)."


def test_no_text_of_ours_names_a_folder_of_somebodys_machine() -> None:
    folders = ("ticketing", "templates", "static/css", "static/js", "scripts", "deploy", "docs", "bench", "migrations")
    found = []
    for folder in folders:
        for path in (HOME / folder).rglob("*"):
            if "node_modules" in path.parts:  # others' packages, fetched for bench/
                continue
            if path.is_file() and path.suffix in TEXTS and MACHINE_PATHS.search(path.read_text(encoding="utf-8")):
                found.append(path.relative_to(HOME).as_posix())

    assert found == [], "Write the path from the project's top, or from the setting that names it (STYLE 9)."


def test_the_tree_holds_no_links() -> None:
    ours = [path for path in HOME.iterdir() if path.name[0] != "." and path.name != "instance"]
    links = [path for top in ours for path in (top, *top.rglob("*"))
             if path.is_symlink() and "node_modules" not in path.parts[:-1]]  # fmt: skip

    assert links == [], "Take the link out: where it leads is another place on another machine (STYLE 9)."


def test_what_is_pinned_comes_from_no_place_of_its_own() -> None:
    lines = [
        line for name in ("requirements.txt", "requirements-dev.txt") for line in (HOME / name).read_text().splitlines()
    ]
    options = [line for line in lines if re.match(r"--(?!hash)", line)]

    assert options == [], "Compile with --no-emit-index-url --no-emit-find-links (requirements.in; STYLE 9)."


def test_every_check_says_what_to_do_and_where_it_is_explained() -> None:
    silent = []
    for path in sorted((HOME / "tests" / "house").glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        named = dict(re.findall(r'^([A-Z_]+) = "(.*)"$', text, re.MULTILINE))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assert) and not _is_explained(node.msg, named):
                silent.append(f"{path.name}:{node.lineno}")
    silent += [advice for advice in RULES if "STYLE" not in advice]

    assert silent == [], "Say in a sentence what to do, with the section of the style that explains it (STYLE 11)."


def _is_explained(message: ast.expr | None, named: dict[str, str]) -> bool:
    if isinstance(message, ast.Name):
        return message.id == "advice" or "STYLE" in named.get(message.id, "")
    return message is not None and "STYLE" in ast.unparse(message)
