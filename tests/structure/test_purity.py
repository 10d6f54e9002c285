"""The packages that decide are pure: no await, no clock, no chance, no database, no network, no files."""

import ast
from collections.abc import Iterator

import pytest

from tests.structure.files import modules, tree

PURE = ("consultations", "rooms")
ALLOWED = {
    *("bisect", "collections", "dataclasses", "datetime", "enum", "fractions", "functools", "heapq", "itertools", "math", "operator"),
    *("re", "string", "struct", "typing", "unicodedata", "difflib", "hashlib", "msgspec", "rapidfuzz", "consultations", "rooms"),
    *("server.kernel.ids", "server.kernel.refused", "server.kernel.vietnam", "server.kernel.words"),
}
CLOCKS = {"now", "today", "utcnow", "fromtimestamp"}
WORLD = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}


def impurities(module: ast.Module) -> Iterator[str]:
    """What in this module touches the world, with its line."""
    for node in ast.walk(module):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Global):
            yield f"line {line}: {type(node).__name__}"
        elif isinstance(node, ast.Import):
            yield from (f"line {line}: import {name.name}" for name in node.names if not allowed(name.name))
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            yield from (f"line {line}: from {source} import {name.name}" for name in node.names if not allowed(source))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield f"line {line}: .{node.func.attr}()"
        elif isinstance(node, ast.Name) and node.id in WORLD:
            yield f"line {line}: {node.id}"


def allowed(name: str) -> bool:
    return name in ALLOWED or name.split(".")[0] in ALLOWED


def test_what_decides_is_pure() -> None:
    assert [f"{path}, {found}" for path in modules(*PURE) for found in impurities(tree(path))] == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from server.store import votes",
        "import asyncpg",
        "from random import choice",
        "from datetime import datetime\nWHEN = datetime.now()",
        "async def f(): pass",
        "def f():\n    global x\n    x = 1",
        "open('x')",
    ],
)
def test_the_world_is_seen_where_it_is_touched(source: str) -> None:
    assert list(impurities(ast.parse(source)))
