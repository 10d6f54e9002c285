"""Every refusal has a status and a sentence in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.kernel.refused import Refused
from server.locale import LANGUAGES
from server.web.refusals import SENTENCES, VARIES_BY, sentence, status_of

ROOT = Path(__file__).parent.parent.parent
OF_ONE_PAGE = {"statements": ("said_twice", "too_many")}
"""Codes of ``consultations.statements``: the one page that can meet them has words with the number of the line."""


def codes_in(path: Path) -> Iterator[str]:
    """The codes of the refusals that a file makes: the first text given to ``Refused``, ``_refuse`` or ``reply``."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in ("Refused", "_refuse", "reply", "_reply"):
            yield from (
                argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


CODES = sorted(
    {
        (code, path.stem)
        for folder in ("server", "consultations", "rooms")
        for path in (ROOT / folder).rglob("*.py")
        if not {"sfu", "media"} & set(path.parts)  # the media engine refuses in its own protocol's words
        for code in codes_in(path)
    }
)


def test_the_search_finds_refusals() -> None:
    assert {"not_found", "wrong_code", "sign_in_needed"} <= {code for code, _ in CODES}


@pytest.mark.parametrize("refused", [Refused("of_another_version"), Refused("too_long", length=3)])
@pytest.mark.parametrize(("lang", "words"), [("vi", "Xin tải lại trang"), ("en", "Please reload the page")])
def test_a_code_without_a_sentence_or_without_its_detail_still_says_what_to_do(refused: Refused, lang: str, words: str) -> None:
    assert words in sentence(refused, lang)


def test_every_refusal_has_a_sentence() -> None:
    known = {"done", *SENTENCES}
    assert [(code, module) for code, module in CODES if code not in known and code not in OF_ONE_PAGE.get(module, ())] == []


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_sentence_is_said_in_both_languages(code: str) -> None:
    code, _, variant = code.partition(":")
    detail: dict[str, object] = {
        "length": 11,
        "limit": 10,
        "email": "x",
        "source": "Điều 30",
        "count": 3,
        "contribution": 7,
        "column": "Ngày",
        "columns": "Ngày",
        "line": 4,
        "least": 10,
        "most": 60,
    }
    if variant in ("seconds", "minutes"):
        detail["retry_after_s"] = 30 if variant == "seconds" else 90
    elif variant:
        detail[VARIES_BY[code]] = variant
    said = {lang: sentence(Refused(code, **detail), lang) for lang in LANGUAGES}
    assert said["vi"] != said["en"]
    assert not any("%(" in words or not words for words in said.values())
    assert 400 <= status_of(Refused(code, **detail)) < 600
