"""The open data of a consultation read in again, by whoever has the zip."""

import csv
import io
from datetime import datetime
from typing import Any

import msgspec

from server.documents.export import Column, Sheet, Value, restored, write_csv
from server.documents.limits import bad_document
from server.documents.package import open_package, part_of

_MOST_UNPACKED_BYTES = 1 << 30  # of 100,000 contributions about a tenth
_TYPES = {"text": str, "number": int | float, "boolean": bool, "moment": datetime}
_NO_EXPORT = (LookupError, ValueError, csv.Error)
"""A table or a column is missing, or something else stands in it."""


class Exported(msgspec.Struct, frozen=True):
    """An export read back: ``write_export`` of it gives the same bytes."""

    about: dict[str, Any]
    sheets: list[Sheet]
    documents: dict[str, bytes]

    def rows(self, sheet: str) -> list[dict[str, Value]]:
        """The lines of one table, by column."""
        [found] = [one for one in self.sheets if one.name == sheet]
        return [dict(zip([column.name for column in found.columns], row, strict=True)) for row in found.rows]


def read_export(data: bytes, most_bytes: int = _MOST_UNPACKED_BYTES) -> Exported:
    """A zip that ``write_export`` made, of at most ``most_bytes`` unpacked. Its dictionary says which tables there are and of what their
    columns consist.

    Raises:
        Refused: ``bad_document``, also where CSV and JSON of a table say different things.
    """
    files: dict[str, bytes] = {}
    left = most_bytes
    with open_package(data) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):  # programs would differ in which of two they read
            raise bad_document("not_a_document")
        for name in names:
            files[name] = part_of(archive, name, left)
            left -= len(files[name])
    try:
        columns: dict[str, list[Column]] = {}
        for file, name, type, vi, en in _read_csv(files.pop("dictionary.csv"))[1:]:
            columns.setdefault(file.partition(".")[0], []).append(Column(name, type, vi, en))  # type: ignore[arg-type]
        sheets = [_read_sheet(name, tuple(its), files.pop(f"{name}.csv"), files.pop(f"{name}.json")) for name, its in columns.items()]
        about = msgspec.json.decode(files.pop("consultation.json"), type=dict[str, Any])
        del files["README.md"], files["LICENSE.md"]
    except _NO_EXPORT:
        raise bad_document("not_a_document") from None
    return Exported(about, sheets, files)


def _read_sheet(name: str, columns: tuple[Column, ...], as_csv: bytes, as_json: bytes) -> Sheet:
    names = [column.name for column in columns]
    row: Any = msgspec.defstruct("Line", [(column.name, _TYPES[column.type] | None) for column in columns], forbid_unknown_fields=True)
    rows = [msgspec.structs.astuple(one) for one in msgspec.json.decode(as_json, type=list[row])]
    if write_csv(names, rows) != as_csv:
        raise bad_document("not_a_document")
    return Sheet(name, columns, rows)


def _read_csv(data: bytes) -> list[list[str]]:
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    return [[restored(cell) for cell in row] for row in rows]
