"""Every sentence of the program has its English."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from consultations.state import RULES
from server.locale import CATALOGUE, catalogue, read_words, translate
from server.web.wording import RULE_WORDS

ROOT = Path(__file__).parent.parent.parent
SPEAKING = ("server", "rooms")
"""The packages whose words are read by people."""


def of_module(path: Path) -> Iterator[str]:
    """The sentences that a module gives to whatever translates, or marks them to be translated later."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _translates(node.func):
            yield from (one.value for one in node.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _translates(called: ast.expr) -> bool:
    match called:
        case ast.Name(id="_" | "say" | "translate") | ast.Attribute(attr="say" | "_translate"):
            return True
        case ast.Call(func=ast.Name(id="translator")):
            return True
        case _:
            return False


def of_template(path: Path) -> Iterator[str]:
    """The sentences of a template, of those that count things the singular."""
    with path.open("rb") as file:
        for _line, _function, message, _comments in babel_extract(file, ("_", "ngettext"), (), {"extensions": "jinja2.ext.do"}):
            first = message[0] if isinstance(message, tuple) else message
            if first is not None:
                yield first


@cache
def sentences() -> frozenset[str]:
    """All sentences of the program."""
    found = frozenset(text for package in SPEAKING for path in (ROOT / package).rglob("*.py") for text in of_module(path))
    return found | {text for path in (ROOT / "server").rglob("*.html") for text in of_template(path)}


def english() -> dict[str, tuple[str, ...]]:
    """The catalogue: each Vietnamese sentence with its English, or its English for one and for many."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    return {_all(message.id)[0]: _all(message.string) for message in catalogue if message.id}


def _all(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


def test_sentences_are_found_in_modules_and_in_templates() -> None:
    assert {"Xin đăng nhập để tiếp tục.", "Trang chủ", "{n} ý kiến"} <= sentences()


def test_the_program_reads_the_catalogue_as_babel_does() -> None:
    assert {text: tuple(words) for text, words in read_words(CATALOGUE.read_text("utf-8")).items()} == english()
    head = 'msgid ""\nmsgstr "Language: en\\n"\n\n#, python-format\n'
    written = head + 'msgid "một "\n"\\"hai\\"\\n"\nmsgstr "one "\n"\\\\n"\n\nmsgid "ba"\nmsgstr ""\n'
    assert read_words(written) == {'một "hai"\n': ["one \\n"]}
    counted = [catalogue("en").ngettext("%(num)s ngày", "%(num)s ngày", number) for number in (0, 1, 2)]
    assert counted == ["%(num)s days", "%(num)s day", "%(num)s days"]
    assert translate("en", "một câu chưa dịch") == translate("vi", "một câu chưa dịch") == "một câu chưa dịch"


def test_every_sentence_has_its_english() -> None:
    said = english()
    assert sorted(text for text in sentences() if not all(said.get(text, ("",)))) == []


def test_the_catalogue_holds_nothing_that_is_said_no_more() -> None:
    assert sorted(english().keys() - sentences()) == []


def test_the_english_fills_in_no_other_values() -> None:
    strange = [
        (text, one)
        for text, said in english().items()
        for one in said
        for opening, closing in (("%(", ")"), ("{", "}"))
        if not names(one, opening, closing) <= names(text, opening, closing)
    ]
    assert strange == []


def names(text: str, opening: str, closing: str) -> set[str]:
    return {part.partition(closing)[0] for part in text.split(opening)[1:]}


def test_every_rule_of_moderation_has_its_words() -> None:
    assert set(RULE_WORDS) == set(RULES)
