"""Turns templates into pages: one Jinja2 environment a language, with its catalogue, its number and date forms and the asset names."""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.dates import format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.runtime import Macro
from markupsafe import Markup

from server.kernel.vietnam import VIETNAM
from server.locale import LANGUAGES, Language, catalogue
from server.web.compiled import compiled_templates
from server.web.views import BLANK_FORM, BLANK_VOICE

HERE = Path(__file__).parent
KEPT = 10_000
"""Pieces of pages kept ready in memory for one language, of one or two kilobytes each."""


_DAY = {"vi": "d/M/yyyy", "en": "d MMMM yyyy"}
_HOUR = {"vi": "H 'giờ' mm", "en": "HH:mm"}
_MOMENT = {"vi": "H 'giờ' mm', ngày' d/M/yyyy", "en": "HH:mm, d MMMM yyyy"}


class Assets:
    """The built files of the front end. Names come from Vite's manifest; they change with their content, so they may be cached for ever."""

    def __init__(self, manifest: Mapping[str, Mapping[str, object]]) -> None:
        self._files = {source: str(entry["file"]) for source, entry in manifest.items()}

    @classmethod
    def built(cls, dist: Path) -> "Assets":
        """Read ``manifest.json`` of a build folder. Raises FileNotFoundError when the front end has not been built."""
        return cls(json.loads((dist / "manifest.json").read_bytes()))

    def url(self, name: str) -> str:
        """The address of an entry point (``citizen.ts``, ``style.css``) or of a font file by the beginning of its name."""
        file = self._files.get(f"src/{name}")
        if file is None:
            file = next(file for source, file in self._files.items() if source.rpartition("/")[2] == name)
        return f"/static/{file}"


class Templates:
    """Renders a template for one language: ``templates.render("citizen/home.html", "vi", page=page, ...)``."""

    def __init__(self, assets: Assets) -> None:
        self._environments = {language: _environment(language, assets) for language in LANGUAGES}

    def render(self, name: str, language: Language, /, **context: object) -> str:
        """The page as text. An undefined variable in a template is a bug and raises."""
        return self._environments[language].get_template(name).render(context)


def _environment(language: Language, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=compiled_templates(language, Path(__file__)),  # of each language: what is constant in it is worked out then
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"lang": language, "asset": assets.url, "blank_voice": BLANK_VOICE, "blank_form": BLANK_FORM, "once": _once()}
    environment.filters |= {
        "number": cache(lambda number: format_decimal(number, locale=language)),
        "day": lambda at: format_datetime(at, _DAY[language], tzinfo=VIETNAM, locale=language),
        "moment": lambda at: format_datetime(at, _MOMENT[language], tzinfo=VIETNAM, locale=language),
        "hour": lambda at: format_datetime(at, _HOUR[language], tzinfo=VIETNAM, locale=language),
        "iso": _iso,
    }
    return environment


def _once() -> Callable[..., Markup]:
    """``once(macro, *arguments)``: what the macro makes of these arguments, made again only when it was long ago.

    For macros that read nothing but their arguments. What is kept is found by value, so it is never out of date.
    """
    kept: OrderedDict[tuple[Hashable, ...], Markup] = OrderedDict()

    def once(macro: Macro, *arguments: Hashable) -> Markup:
        key = (macro.name, *arguments)
        made = kept.get(key)
        if made is None:
            made = kept[key] = Markup(macro(*arguments))
            if len(kept) > KEPT:
                kept.popitem(last=False)
        else:
            kept.move_to_end(key)
        return made

    return once


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
