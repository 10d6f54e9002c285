"""Reading documents that people upload: .docx, .md, .html and .txt, in bounded time and memory, without network.

Whatever the bytes are, `import_document` gives a draft or raises ``Refused("bad_document", reason=…)``.
"""

from pathlib import PurePath

from consultations.blocks import Block, Imported
from consultations.legal import read_legal_text
from server.documents.limits import LARGEST_FILE_BYTES, bad_document
from server.documents.text import decode, read_text

__all__ = ["LARGEST_FILE_BYTES", "import_document", "read_document"]

_SUFFIXES = (".docx", ".md", ".markdown", ".html", ".htm", ".txt")


def import_document(name: str, data: bytes) -> Imported:
    """The legal text in an uploaded file. ``name`` is the file's name, of which only the ending counts. Takes seconds of processor time
    for a long text: run it in a worker.

    Raises:
        Refused: ``bad_document`` with ``reason``: ``unknown_format``, ``not_a_document``, ``old_word``, ``password_protected``,
            ``has_macros``, ``external_content``, ``too_large``, ``bomb``, ``too_deep``, ``wrong_encoding``, ``empty``, ``no_articles``.
    """
    imported = read_legal_text(read_document(name, data))
    if not imported.draft.nodes and not imported.left_out:
        raise bad_document("empty")
    if all(node.kind in ("paragraph", "table", "preamble") for node in imported.draft.nodes):
        raise bad_document("no_articles")
    return imported


def read_document(name: str, data: bytes) -> list[Block]:
    """The lines and tables of an uploaded file, in order.

    Raises:
        Refused: ``bad_document``, as `import_document`.
    """
    # Each format has a parser of its own. Web processes, which read documents apart, need none of them.
    suffix = PurePath(name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise bad_document("unknown_format", formats="docx, md, html, txt")
    if len(data) > LARGEST_FILE_BYTES:
        raise bad_document("too_large", limit_bytes=LARGEST_FILE_BYTES)
    if not data.strip():
        raise bad_document("empty")
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # Word keeps an encrypted .docx inside the container that old .doc files used.
        raise bad_document("password_protected" if "EncryptedPackage".encode("utf-16-le") in data else "old_word")
    if suffix == ".docx":
        from server.documents.docx import read_docx

        return read_docx(data)
    if data.startswith((b"PK\x03\x04", b"%PDF-", b"{\\rtf", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise bad_document("not_a_document")
    text = decode(data)
    if suffix in (".html", ".htm"):
        from server.documents.html import read_html

        return read_html(text)
    if suffix == ".txt":
        return read_text(text)
    from server.documents.markdown import read_markdown

    return read_markdown(text)
