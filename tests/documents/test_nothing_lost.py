"""Nothing is lost: the words of the tree and the words left out are, together and each in order, the words of the source.

The words of a source are found here by other means than the importer's: by cutting markup out of the characters of the file. Normalising
means NFC, one space for each run of white space and markup removed, no more.
"""

import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from consultations.blocks import Imported
from consultations.tree import own_words, walk
from server.documents import import_document

DEMO = Path(__file__).parents[2] / "server" / "demo"


def words_of_word_file(data: bytes) -> list[str]:
    package = zipfile.ZipFile(io.BytesIO(data))
    xml = "\n".join(
        package.read(f"word/{part}.xml").decode()
        for part in ("document", "footnotes", "endnotes")
        if f"word/{part}.xml" in package.namelist()
    )
    xml = re.sub(r"<mc:Fallback.*?</mc:Fallback>", "", xml, flags=re.DOTALL)
    xml = re.sub(r"<w:(?:tab|br|cr)(?: [^>]*)?/>|</w:p>", "\n", re.sub(r"<w:tabs>.*?</w:tabs>", "", xml, flags=re.DOTALL))
    between = re.sub(r"(<w:t(?: [^>]*)?>)([^<]*)(</w:t>)|<[^>]*>|[^<\n]", lambda found: found[2] or "", xml)
    return normal(html.unescape(between))


def words_of_markdown(text: str) -> list[str]:
    lines = text.splitlines()
    if lines[0] == "---":
        end = lines.index("---", 1)
        lines = lines[1:end] + [plain(line) for line in without_table_rules(lines[end + 1 :])]
    else:
        lines = [plain(line) for line in without_table_rules(lines)]
    return normal("\n".join(lines))


def without_table_rules(lines: list[str]) -> list[str]:
    kept: list[str] = []
    in_table = False
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        in_table = line.startswith("|") and (in_table or bool(re.fullmatch(r"\|[-|: ]+\|", following)))
        if not re.fullmatch(r"\|[-|: ]+\||-{3,}", line) or not (in_table or line.startswith("-")):
            kept.append(line.replace("|", " ") if in_table else line)
        elif re.fullmatch(r"\|[ |]+\|", line):
            kept.append(" ")
    return kept


def plain(line: str) -> str:
    line = re.sub(r"^(?:> ?)+", "", re.sub(r"^#{1,6} ", "", line))
    line = re.sub(r"`([^`]+)`", r"\1", line)
    for mark in (r"\*\*", r"\*"):
        line = re.sub(rf"(?<![\w*]){mark}(?=[^\s*])(.*?[^\s*]){mark}(?![\w*])", r"\1", line)
    return line


def normal(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()


def words_of_tree(imported: Imported) -> list[str]:
    return normal("\n".join(own_words(node) for node in walk(imported.draft)))


def words_left_out(imported: Imported) -> list[str]:
    return normal("\n".join(piece.text for piece in imported.left_out))


def is_interleaving(whole: list[str], one: list[str], other: list[str]) -> bool:
    """Whether ``whole`` is made of the words of ``one`` and of ``other``, each in its order, and of nothing else."""
    if len(whole) != len(one) + len(other):
        return False
    reached = {0}
    for taken, word in enumerate(whole):
        reached = {place + 1 for place in reached if place < len(one) and one[place] == word} | {
            place for place in reached if taken - place < len(other) and other[taken - place] == word
        }
    return len(one) in reached


def assert_nothing_lost(source: list[str], imported: Imported) -> None:
    kept, left = words_of_tree(imported), words_left_out(imported)
    assert sorted(kept + left) == sorted(source)
    assert is_interleaving(source, kept, left)


DECREES = ["nghi-dinh-30-2020.md", "nghi-dinh-284-2026.md", "nghi-dinh-137-2026.md", "nghi-dinh-156-2026.md"]


@pytest.mark.parametrize("name", DECREES)
def test_nothing_of_a_real_decree_in_markdown_is_lost(real_data: Path, name: str) -> None:
    data = (real_data / "legal" / name).read_bytes()
    assert_nothing_lost(words_of_markdown(data.decode()), import_document(name, data))


@pytest.mark.parametrize("name", ["nghi-dinh-30-2020.docx", "nghi-dinh-30-2020-phu-luc-1.docx"])
def test_nothing_of_a_real_decree_in_a_word_file_is_lost(real_data: Path, name: str) -> None:
    data = (real_data / "legal" / name).read_bytes()
    assert_nothing_lost(words_of_word_file(data), import_document(name, data))


@pytest.mark.parametrize("name", ["decision.md", "decision.en.md"])
def test_nothing_of_the_sample_draft_is_lost(name: str) -> None:
    data = (DEMO / name).read_bytes()
    assert_nothing_lost(words_of_markdown(data.decode()), import_document(name, data))


def spoiled(words: Iterable[str], place: int, *instead: str) -> list[str]:
    changed = list(words)
    changed[place : place + 1] = instead
    return changed


def test_the_check_itself_notices_a_lost_a_changed_an_added_and_a_moved_word() -> None:
    data = (DEMO / "decision.md").read_bytes()
    source, imported = words_of_markdown(data.decode()), import_document("decision.md", data)
    kept, left = words_of_tree(imported), words_left_out(imported)
    assert is_interleaving(source, kept, left)
    assert not is_interleaving(source, spoiled(kept, 500), left)
    assert not is_interleaving(source, spoiled(kept, 500, kept[500] + "."), left)
    assert not is_interleaving(source, spoiled(kept, 500, kept[500], "không"), left)
    assert not is_interleaving(source, kept[1000:] + kept[:1000], left)
