"""Plain text: the encoding, and lines that may be broken in the middle of sentences."""

import codecs
import re

from consultations.blocks import Block, Line
from server.documents.limits import LONGEST_TEXT, bad_document

_CONTROLS = re.compile("[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


def decode(data: bytes) -> str:
    """The characters of a text file in UTF-8 or UTF-16, with line feeds only. Control characters become spaces.

    Raises:
        Refused: ``bad_document`` with ``wrong_encoding``, ``not_a_document`` (binary data) or ``too_large``.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[:4096:2].count(0) > 20 or data[1:4096:2].count(0) > 20:
        encoding = "utf-16-be" if data[:4096:2].count(0) > data[1:4096:2].count(0) else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise bad_document("wrong_encoding") from None
    if "\0" in text:
        raise bad_document("not_a_document")
    if len(text) > LONGEST_TEXT:
        raise bad_document("too_large", limit_characters=LONGEST_TEXT)
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def read_text(text: str) -> list[Block]:
    """The lines of a plain text. Where empty lines separate the paragraphs, the lines of one paragraph go on in each other."""
    lines = text.split("\n")
    filled = sum(1 for line in lines if line.strip())
    separated = (len(lines) - filled) * 8 > filled
    blocks: list[Block] = []
    for place, line in enumerate(lines):
        if line.strip():
            blocks.append(Line(line, soft=separated and place > 0 and bool(lines[place - 1].strip())))
    return blocks
