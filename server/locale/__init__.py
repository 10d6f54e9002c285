"""The languages of the site. The words in the program are Vietnamese; ``en.po`` beside this file holds their English."""

import re
from collections.abc import Callable
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Literal

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")

CATALOGUE = Path(__file__).parent / "en.po"

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr(?:\[\d\])?) )?"(.*)"')
_ESCAPED = re.compile(r"\\(.)")


def language(text: str | None) -> Language:
    """The language of that name, or Vietnamese."""
    return "en" if text == "en" else "vi"


@cache
def catalogue(lang: Language) -> NullTranslations:
    """The translations into a language; Vietnamese is the language of the program and needs none."""
    if lang == "vi":
        return NullTranslations()
    return _Translations(read_words(CATALOGUE.read_text("utf-8")))


class _Translations(NullTranslations):
    """``words`` as ``read_words`` gives them. The plural is that of English."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        super().__init__()
        self._words = words

    def gettext(self, message: str) -> str:
        found = self._words.get(message)
        return found[0] if found else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        found = self._words.get(msgid1)
        return found[0 if n == 1 else -1] if found else super().ngettext(msgid1, msgid2, n)


def read_words(catalogue: str) -> dict[str, list[str]]:
    """The sentences of a ``.po`` file, each with its translations: one, or singular and plural.

    Babel reads the same, and takes for it a tenth of the time in which a process starts.
    """
    words: dict[str, list[str]] = {}
    field, sentence, translations = "", "", [""]
    for line in (*catalogue.splitlines(), 'msgid ""'):
        found = _LINE.fullmatch(line)
        if found is None:  # blank, or a comment
            continue
        started, text = found.groups()
        if "\\" in text:
            text = _ESCAPED.sub(lambda escaped: {"n": "\n", "t": "\t"}.get(escaped[1], escaped[1]), text)
        field = started or field
        if started == "msgid":
            if sentence and all(translations):
                words[sentence] = translations
            sentence, translations = text, []
        elif field == "msgid":
            sentence += text
        elif started and started.startswith("msgstr"):
            translations.append(text)
        elif field.startswith("msgstr"):
            translations[-1] += text
    return words


def translate(lang: str, text: str, **values: object) -> str:
    """``text`` (Vietnamese) in ``lang``, with ``%(name)s`` replaced by the values, if there are any."""
    words: str = catalogue(language(lang)).gettext(text)
    return words % values if values else words


def translator(lang: str) -> Callable[..., str]:
    """``translate`` for one language: what Python code calls ``_``."""

    def _(text: str, **values: object) -> str:
        return translate(lang, text, **values)

    return _
