"""The open data of a consultation that was held elsewhere, read so that it can be kept and shown."""

import re

import msgspec

from consultations.taken_over import Package, TakenOver, examine, packed
from server.documents.exported import read_export
from server.documents.limits import LARGEST_FILE_BYTES, bad_document
from server.kernel.refused import Refused

_MOST_UNPACKED_BYTES = 200_000_000
_TEXT = re.compile(r"text-v([1-9][0-9]{0,2})\.json")
_TABLES = ("contributions", "totals", "numbers", "log")


def read_taken_over(data: bytes) -> Package:
    """What stands in ``du-lieu.zip``.

    Raises: Refused ``bad_document``, as ``consultations.taken_over.examine``, or with ``bomb``, ``password_protected``, ``too_deep`` or
    ``too_large``.
    """
    if len(data) > LARGEST_FILE_BYTES:
        raise bad_document("too_large", limit_bytes=LARGEST_FILE_BYTES)
    try:
        found = _read(data)
    except RecursionError:
        raise bad_document("too_deep") from None
    except Refused as refused:
        if refused.detail.get("reason") != "not_a_document":
            raise
        raise bad_document("not_an_export") from None
    return packed(found)


def _read(data: bytes) -> TakenOver:
    exported = read_export(data, _MOST_UNPACKED_BYTES)
    names = {name: _TEXT.fullmatch(name) for name in exported.documents}
    if {sheet.name for sheet in exported.sheets} != set(_TABLES) or not all(names.values()):
        raise bad_document("not_an_export")
    try:
        texts = {int(named[1]): msgspec.json.decode(exported.documents[name]) for name, named in names.items() if named}
        tables = {name: exported.rows(name) for name in _TABLES}
        tables["log"] = [line | {"detail": msgspec.json.decode(str(line["detail"]))} for line in tables["log"]]
    except (LookupError, ValueError):
        raise bad_document("not_an_export") from None
    return examine(exported.about, tables, texts)
