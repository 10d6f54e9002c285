"""The languages of the site. The words in the program are Vietnamese; ``en.po`` beside this file holds their English."""

from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")

CATALOGUE = Path(__file__).parent / "en.po"


def language(text: str | None) -> Language:
    """The language of that name, or Vietnamese."""
    return "en" if text == "en" else "vi"


@cache
def catalogue(lang: Language) -> NullTranslations:
    """The translations into a language; Vietnamese is the language of the program and needs none."""
    if lang == "vi":
        return NullTranslations()
    compiled = BytesIO()
    with CATALOGUE.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)


def translate(lang: str, text: str, **values: object) -> str:
    """``text`` (Vietnamese) in ``lang``, with ``%(name)s`` replaced by the values, if there are any."""
    words: str = catalogue(language(lang)).gettext(text)
    return words % values if values else words


def translator(lang: str) -> Callable[..., str]:
    """``translate`` for one language: what Python code calls ``_``."""

    def _(text: str, **values: object) -> str:
        return translate(lang, text, **values)

    return _
