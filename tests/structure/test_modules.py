"""The shape of the source: documented modules, short, with names that say something, SQL in one place."""

import ast
import re

from tests.structure.files import modules, project_files, text, tree

LONGEST = 400
MEANINGLESS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "misc"}
SQL = re.compile(r"\b(select\b.+\bfrom|insert into|update\s+\w+\s+set|delete from|create (table|index|role)|alter table)\b", re.I | re.S)

SOURCES = modules("server", "consultations", "rooms", "tests")


# A test of its own for each of a thousand files would take longer than all that is looked at in them.


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path in SOURCES if text(path).strip() and not ast.get_docstring(tree(path))] == []


def test_modules_are_short() -> None:
    lines = {str(path): text(path).count("\n") for path in project_files(".py", ".ts", ".css") if not path.name.endswith(".gen.ts")}
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    words = {path: {*re.split(r"[_\-.]", path.name), *path.parts} for path in project_files(".py", ".ts")}
    assert [str(path) for path, said in words.items() if MEANINGLESS & said] == []


def test_sql_stands_only_in_the_store() -> None:
    elsewhere = [path for path in modules("server", "consultations", "rooms") if path.parts[:2] != ("server", "store")]
    assert [(str(path), found) for path in elsewhere for found in strings(tree(path)) if SQL.search(found)] == []


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
