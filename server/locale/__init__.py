"""The languages of the site. The words in the program are Vietnamese; ``en.po`` beside this file holds their English."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")

CATALOGUE = Path(__file__).parent / "en.po"


def language(text: str | None) -> Language:
    """The language of that name, or Vietnamese."""
    return "en" if text == "en" else "vi"


def translate(lang: str, text: str, **values: object) -> str:
    """``text`` (Vietnamese) in ``lang``, with ``%(name)s`` replaced by the values, if there are any."""
    words = _english().get(text, text) if lang == "en" else text
    return words % values if values else words


def translator(lang: str) -> Callable[..., str]:
    """``translate`` for one language: what Python code calls ``_``."""

    def _(text: str, **values: object) -> str:
        return translate(lang, text, **values)

    return _


@cache
def _english() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
