"""Reading the fields of a form."""

from pathlib import PurePosixPath

from starlette.requests import Request

from consultations.papers import FILE_NAME_LIMIT
from consultations.words import clean
from server.kernel.refused import Refused

_LONGEST_ENDING = 12


async def text_of(request: Request, field: str, most: int) -> str:
    """One field as text, empty when it is missing.

    Raises: Refused ``bad_input`` when it is a file or is given twice; ``too_long`` with more than ``most`` characters.
    """
    values = (await request.form()).getlist(field)
    if not values:
        return ""
    if len(values) > 1 or not isinstance(values[0], str) or "\0" in values[0]:
        raise Refused("bad_input", field=field)
    if len(values[0]) > most:
        raise Refused("too_long", field=field, limit=most, length=len(values[0]))
    return values[0]


async def number_of(request: Request, field: str) -> int:
    """One field as the number of something. Raises: Refused ``not_found`` when no thing can have that number."""
    return _number(await text_of(request, field, 20))


def number_in_path(request: Request, part: str) -> int:
    """One part of the address as the number of something. Raises: Refused ``not_found`` when no thing can have that number."""
    return _number(str(request.path_params[part]))


def file_name_of(name: str, ending: str | None = None) -> str:
    """The name of an uploaded file as it may be shown and kept: without folders, on one line, not too long.

    ``ending`` (with its dot) is the one that tells what the file is; None: the one it has.
    """
    plain = name.replace("\\", "/").rpartition("/")[2]
    if ending is None:
        ending = PurePosixPath(plain).suffix[:_LONGEST_ENDING]
    if ending and plain.lower().endswith(ending):
        plain = plain[: -len(ending)]
    try:
        return clean(plain[: FILE_NAME_LIMIT - len(ending)] + ending, "file", FILE_NAME_LIMIT, lines=False)
    except Refused:
        return "tep"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) >= 1 << 63:
        raise Refused("not_found")
    return int(text)
