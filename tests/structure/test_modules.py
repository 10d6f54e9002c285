"""The shape of the source: documented modules, short, with names that say something, SQL in one place."""

import ast
import re
from pathlib import Path

import pytest

from tests.structure.files import modules, project_files, text, tree

LONGEST = 400
MEANINGLESS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "misc"}
SQL = re.compile(r"\b(select\b.+\bfrom|insert into|update\s+\w+\s+set|delete from|create (table|index|role)|alter table)\b", re.I | re.S)

SOURCES = modules("server", "consultations", "rooms", "tests")


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not text(path).strip()


@pytest.mark.parametrize("path", project_files(".py", ".ts", ".css"), ids=str)
def test_modules_are_short(path: Path) -> None:
    assert text(path).count("\n") <= LONGEST or path.name.endswith(".gen.ts")


@pytest.mark.parametrize("path", project_files(".py", ".ts"), ids=str)
def test_no_module_has_a_name_that_says_nothing(path: Path) -> None:
    assert not MEANINGLESS & set(re.split(r"[_\-.]", path.name)) | MEANINGLESS & set(path.parts)


@pytest.mark.parametrize(
    "path", [path for path in modules("server", "consultations", "rooms") if path.parts[:2] != ("server", "store")], ids=str
)
def test_sql_stands_only_in_the_store(path: Path) -> None:
    assert [found for found in strings(tree(path)) if SQL.search(found)] == []


def test_sql_is_seen_where_it_stands() -> None:
    store = [path for path in modules("server") if path.parts[:2] == ("server", "store")]
    assert sum(bool(SQL.search(found)) for path in store for found in strings(tree(path))) > 20


def strings(module: ast.Module) -> list[str]:
    """The string constants of a module without its docstrings."""
    documented = [node for node in ast.walk(module) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    docstrings = {id(node.body[0].value) for node in documented if node.body and isinstance(node.body[0], ast.Expr)}
    return [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
