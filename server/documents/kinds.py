"""What a file is, told from its bytes: neither its name nor what its sender says of it counts."""

from consultations.papers import MEDIA_TYPES
from server.documents.limits import bad_document
from server.documents.package import open_package
from server.kernel.refused import Refused

PDF, DOCX, XLSX, PLAIN = MEDIA_TYPES
ENDINGS = {PDF: ".pdf", DOCX: ".docx", XLSX: ".xlsx", PLAIN: ".txt"}
_LAYOUT = "\t\n\r\f"


def media_type_of(data: bytes) -> str:
    """One of ``consultations.papers.MEDIA_TYPES``.

    Raises: Refused ``bad_paper`` for anything else; ``bad_document`` for an empty file, a damaged package, a bomb, macros.
    """
    if not data:
        raise bad_document("empty")
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"PK"):
        return _packed(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("bad_paper") from None
    if any(letter < " " and letter not in _LAYOUT for letter in text):
        raise Refused("bad_paper")
    return PLAIN


def _packed(data: bytes) -> str:
    with open_package(data) as package:
        names = set(package.namelist())
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise bad_document("has_macros")
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return DOCX
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return XLSX
    raise Refused("bad_paper")
