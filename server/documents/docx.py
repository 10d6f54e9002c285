"""Word files (Office Open XML, ECMA-376 part 1): the words of the main text in order, with the numbers that Word would show.

Only the parts that hold words are unpacked, each within a budget. Headers, footers and comments are not part of the text.
"""

import zipfile
from collections.abc import Iterator

from lxml import etree

from consultations.blocks import Block, Line, Table
from server.documents.html import unwrapped
from server.documents.limits import LONGEST_TEXT, bad_document
from server.documents.numbering import Numbering
from server.documents.package import open_package, part_of, xml_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MOST_COLUMNS = 63
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def read_docx(data: bytes) -> list[Block]:
    """The lines and tables of a Word file. Deleted words of tracked changes and footnotes are set apart.

    Raises:
        Refused: ``bad_document`` with the reasons of `server.documents.import_document`.
    """
    reader, body = _opened(data)
    blocks = list(reader.blocks(body))
    if sum(len(block.text) for block in blocks if isinstance(block, Line)) > LONGEST_TEXT:
        raise bad_document("too_large", limit_characters=LONGEST_TEXT)
    return blocks


def read_tables(data: bytes) -> list[Table]:
    """The tables of the main text, with every cell in its column: what is merged downwards stands in each row, what is merged sideways in
    the first column.

    Raises:
        Refused: as ``read_docx``.
    """
    reader, body = _opened(data)
    return [reader.table(table) for table in body.iter(f"{W}tbl") if not any(True for _ in table.iterancestors(f"{W}tbl"))]


def _opened(data: bytes) -> tuple["_Body", etree._Element]:
    """What reads a Word file, and its body."""
    with open_package(data) as package:
        names = set(package.namelist())
        if "word/document.xml" not in names or "[Content_Types].xml" not in names:
            raise bad_document("not_a_document")
        types = part_of(package, "[Content_Types].xml")
        if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
            raise bad_document("has_macros")
        _refuse_external(package, names)
        document = _xml(part_of(package, "word/document.xml"))
        numbering = Numbering(
            *(_xml(part_of(package, f"word/{name}.xml")) if f"word/{name}.xml" in names else None for name in ("numbering", "styles"))
        )
        notes = {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnote", "endnote")
            if f"word/{kind}s.xml" in names
            for note in _xml(part_of(package, f"word/{kind}s.xml"))
            if note.get(f"{W}type") in (None, "normal")
        }
    body = document.find(f"{W}body")
    if body is None:
        raise bad_document("not_a_document")
    return _Body(numbering, notes), body


def _xml(data: bytes) -> etree._Element:
    return xml_of(data.replace(_STRICT, _TRANSITIONAL))


def _refuse_external(package: zipfile.ZipFile, names: set[str]) -> None:
    """Refuse a file that wants something fetched when it is opened. Links that a reader may follow are harmless."""
    for name in names:
        if name.startswith(("_rels/", "word/_rels/")) and name.endswith(".rels"):
            for relation in _xml(part_of(package, name)).iter(_RELATION):
                if relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith("/hyperlink"):
                    raise bad_document("external_content")


class _Body:
    def __init__(self, numbering: Numbering, notes: dict[tuple[str, str], etree._Element]) -> None:
        self.numbering = numbering
        self.notes = notes
        self.aside: list[Line] = []

    def blocks(self, container: etree._Element) -> Iterator[Block]:
        for element in container:
            if element.tag == f"{W}p":
                yield from self._paragraph(element)
            elif element.tag == f"{W}tbl":
                yield from unwrapped([[self._words(cell) for cell in _own(row, "tc")] for row in _own(element, "tr")])
                yield from self._take_aside()
            elif element.tag not in (_FALLBACK, f"{W}sectPr", f"{W}sdtPr", f"{W}del", f"{W}moveFrom"):
                yield from self.blocks(element)

    def table(self, table: etree._Element) -> Table:
        """A table by its columns; what is set apart in it is left out."""
        rows: list[tuple[str, ...]] = []
        for row in _own(table, "tr"):
            cells: list[str] = [""] * _number(row.find(f"{W}trPr/{W}gridBefore"), 0)
            for cell in _own(row, "tc"):
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                if merged is not None and merged.get(f"{W}val") != "restart" and rows and len(cells) < len(rows[-1]):
                    words = rows[-1][len(cells)]
                else:
                    words = self._words(cell).strip("\n")  # merging cells leaves empty paragraphs
                cells += [words, *[""] * (_number(cell.find(f"{W}tcPr/{W}gridSpan"), 1) - 1)]
            rows.append(tuple(cells))
        self.aside.clear()
        return Table(tuple(rows))

    def _words(self, cell: etree._Element) -> str:
        """The words of a cell or of a note. A table within becomes lines; what is set apart waits for the end of the whole."""
        words: list[str] = []
        for block in self.blocks(cell):
            if isinstance(block, Table):
                words += (" ".join(row) for row in block.rows)
            elif block.apart:
                self.aside.append(block)
            else:
                words.append(block.text)
        return "\n".join(words)

    def _take_aside(self) -> list[Line]:
        aside, self.aside = self.aside, []
        return aside

    def _paragraph(self, paragraph: etree._Element) -> Iterator[Block]:
        words: list[str] = []
        deleted: list[str] = []
        behind: list[Block] = []
        self._collect(paragraph, words, deleted, behind)
        level, auto = self.numbering.describe(paragraph)
        for place, line in enumerate("".join(words).split("\n")):
            yield Line(line, level=level, soft=place > 0, auto="" if place else auto)
        if "".join(deleted).strip():
            yield Line("".join(deleted), apart="deleted")
        yield from behind

    def _collect(self, element: etree._Element, words: list[str], deleted: list[str], behind: list[Block]) -> None:
        for child in element:
            name = child.tag
            if name in (f"{W}t", _MATH_TEXT):
                words.append(child.text or "")
            elif name == f"{W}delText":
                deleted.append(child.text or "")
            elif name == f"{W}moveFrom":
                continue
            elif name in (f"{W}tab", f"{W}ptab"):
                words.append("\t")
            elif name in (f"{W}br", f"{W}cr"):
                words.append("\n")
            elif name == f"{W}noBreakHyphen":
                words.append("\u2011")
            elif name == f"{W}sym":
                words.append(_symbol(child.get(f"{W}char", "")))
            elif name == f"{W}txbxContent":
                behind.extend(self.blocks(child))
            elif name in (f"{W}footnoteReference", f"{W}endnoteReference"):
                note = self.notes.get((str(name)[len(W) :].removesuffix("Reference"), child.get(f"{W}id", "")))
                if note is not None:
                    behind.append(Line(self._words(note), apart="footnote"))
            elif name not in (_FALLBACK, f"{W}pPr", f"{W}rPr"):
                self._collect(child, words, deleted, behind)


def _own(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, not those of tables within."""
    for child in element:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"):
            yield from _own(child, name)


def _number(element: etree._Element | None, otherwise: int) -> int:
    """How many columns, at most as many as Word allows."""
    written = "" if element is None else element.get(f"{W}val", "")
    return min(int(written), _MOST_COLUMNS) if written.isascii() and written.isdigit() and len(written) < 6 and int(written) else otherwise


def _symbol(code: str) -> str:
    """A character of a symbol font. Those have no meaning outside their font, so they are shown as a bullet."""
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return "•"
    return character if character.isprintable() and not "\ue000" <= character <= "\uf8ff" else "•"
