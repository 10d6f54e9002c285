"""Compiled templates last from one process to the next, never past what they were made from, and are not needed."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from server.web.compiled import CompiledTemplates


class Kept:
    """A folder with one template and one with what was compiled; ``shown`` shows it as a new process does, and tells if it compiled."""

    def __init__(self, folder: Path) -> None:
        self.page, self.maker, self.cache = folder / "page.html", folder / "maker.py", folder / "kept"
        self.cache.mkdir()
        self.page.write_text("{{ 1 + 1 }}")
        self.maker.write_text("")

    def shown(self, kind: str = "vi") -> tuple[str, bool]:
        compilations = []

        class Watched(Environment):
            def _compile(self, source: str, filename: str):  # type: ignore[no-untyped-def]
                compilations.append(filename)
                return super()._compile(source, filename)

        environment = Watched(loader=FileSystemLoader(self.page.parent), bytecode_cache=CompiledTemplates(self.cache, kind, self.maker))
        return environment.get_template("page.html").render(), bool(compilations)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    kept = Kept(tmp_path)
    assert kept.shown() == ("2", True)
    return kept


def test_the_next_process_compiles_nothing(kept: Kept) -> None:
    assert kept.shown() == ("2", False)


def test_a_template_is_compiled_again_when_it_or_the_way_of_compiling_has_changed(kept: Kept) -> None:
    kept.page.write_text("{{ 1 + 2 }}")
    assert kept.shown() == ("3", True)
    kept.maker.write_text("autoescape = True")
    assert kept.shown() == ("3", True)
    assert kept.shown() == ("3", False)


def test_each_language_has_its_own(kept: Kept) -> None:
    assert kept.shown("en") == ("2", True)


def test_what_is_damaged_is_made_anew(kept: Kept) -> None:
    (file,) = kept.cache.iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[:10], whole[: len(whole) // 2], whole[:-1], bytes(len(whole))):
        file.write_bytes(damaged)
        assert kept.shown() == ("2", True)


def test_where_nothing_can_be_kept_pages_are_shown_all_the_same(kept: Kept) -> None:
    for file in kept.cache.iterdir():
        file.unlink()
    kept.cache.rmdir()
    assert kept.shown() == ("2", True)
