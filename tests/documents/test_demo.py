"""The sample draft: Vietnamese legal form, and an English translation of the same shape."""

import re
from pathlib import Path

import pytest

from consultations.blocks import Imported
from consultations.tree import Draft, anchors, articles, walk
from server.documents import import_document

DEMO = Path(__file__).parents[2] / "server" / "demo"


def sample(name: str) -> Imported:
    return import_document(name, (DEMO / name).read_bytes())


REFERENCE = re.compile(r"\b(?:khoản|điểm|Điều|clause|points?|Article|và điểm|and) ([0-9]+|[a-zđ])\b")


def references(draft: Draft) -> list[set[str]]:
    """Per node, the numbers that its words refer to, whatever the language."""
    return [set(REFERENCE.findall(node.text)) for node in walk(draft)]


def outline(draft: Draft) -> list[tuple[object, ...]]:
    """Per node all that does not depend on the language."""
    return [
        (node.kind, node.number, bool(node.heading), len(node.text.split("\n")), bool(node.text), [len(row) for row in node.rows])
        for node in walk(draft)
    ]


@pytest.mark.parametrize("name", ["decision.md", "decision.en.md"])
def test_the_sample_is_read_without_a_doubt(name: str) -> None:
    read = sample(name)
    assert read.doubts == ()
    assert read.counts() == {
        "preamble": 1, "chapter": 5, "section": 2, "article": 22, "clause": 77, "point": 36, "annex": 1, "table": 1, "paragraph": 1,
    }  # fmt: skip
    assert {piece.why for piece in read.left_out} == {"front_matter", "signature"}


@pytest.mark.parametrize("name", ["decision", "house", "house.next"])
def test_the_translation_has_the_shape_of_the_original(name: str) -> None:
    original, translation = sample(f"{name}.md").draft, sample(f"{name}.en.md").draft
    assert anchors(original) == anchors(translation)
    assert outline(original) == outline(translation)


def test_numbers_and_references_are_the_same_in_both_languages() -> None:
    original, translation = sample("decision.md").draft, sample("decision.en.md").draft
    for one, other in zip(walk(original), walk(translation), strict=True):
        assert sorted(re.findall(r"\d+", one.text)) == sorted(re.findall(r"\d+", other.text))
    assert references(original) == references(translation)


def test_every_article_the_sample_refers_to_exists() -> None:
    draft = sample("decision.md").draft
    existing = {node.number for node in articles(draft)}
    for node in walk(draft):
        assert set(re.findall(r"Điều (\d+)", node.text)) <= existing
