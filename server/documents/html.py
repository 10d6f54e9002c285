"""HTML, read for its words. Scripts and styles are not words; nothing outside the file is ever fetched."""

import re
from collections.abc import Iterator

from lxml import etree

from consultations.blocks import Block, Line, Table
from server.documents.limits import bad_document

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "body", "blockquote", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
    }
)  # fmt: skip
_SILENT = frozenset(("script", "style", "template"))
_SPACE = re.compile(r"\s+")


def read_html(text: str) -> list[Block]:
    """The lines and tables of an HTML page.

    Raises:
        Refused: ``bad_document`` with ``too_deep``, ``empty`` or ``not_a_document``.
    """
    parser = etree.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise bad_document("not_a_document") from None
    # libxml2 stops at its limits and returns what it has: that would lose words.
    if any("depth" in entry.message.lower() or entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise bad_document("too_deep")
    if root is None:
        raise bad_document("empty")
    return _Page().read(root)


class _Page:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.words: list[str] = []
        self.soft = False
        self.level = self.quotes = self.tables = 0
        self.auto = ""
        self.title = False
        self.lists: list[int | None] = []
        self.rows: list[list[str]] = []

    def read(self, root: etree._Element) -> list[Block]:
        for event, element in _events(root):
            name = str(element.tag)
            if event == "start":
                self._start(name, element)
                self._say(element.text if name not in _SILENT else None)
            else:
                self._end(name)
                self._say(element.tail)
        self._flush()
        return self.blocks

    def _say(self, words: str | None) -> None:
        if words:
            self.words.append(_SPACE.sub(" ", words))

    def _flush(self, *, soft: bool = False) -> None:
        """End the line. ``soft`` says that the next one goes on in the same paragraph."""
        text = "".join(self.words).strip()
        self.words.clear()
        if self.tables:
            if text and self.rows and self.rows[-1]:
                self.rows[-1][-1] = f"{self.rows[-1][-1]}\n{text}".strip()
            elif text:
                self.rows.append([text])
        elif text:
            apart = "front_matter" if self.title else None
            self.blocks.append(Line(text, self.level, self.soft, self.auto, apart, self.quotes > 0))  # type: ignore[arg-type]
            self.auto = ""
        self.soft = soft and bool(text)

    def _start(self, name: str, element: etree._Element) -> None:
        if name == "br":
            self._flush(soft=True)
        elif name in _BLOCKS:
            self._flush()
        if re.fullmatch("h[1-6]", name):
            self.level = int(name[1])
        elif name == "title":
            self.title = True
        elif name == "blockquote":
            self.quotes += 1
        elif name in ("ol", "ul"):
            self.lists.append(_start_of(element) if name == "ol" else None)
        elif name == "li" and self.lists and self.lists[-1] is not None:
            self.auto = f"{self.lists[-1]}."
            self.lists[-1] += 1
        elif name == "table":
            self.tables += 1
            if self.tables == 1:
                self.rows = []
        elif name == "tr" and self.tables == 1:
            self.rows.append([])
        elif name in ("td", "th") and self.tables == 1:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")

    def _end(self, name: str) -> None:
        if name in _BLOCKS:
            self._flush()
        if re.fullmatch("h[1-6]", name):
            self.level = 0
        elif name == "title":
            self.title = False
        elif name == "blockquote":
            self.quotes -= 1
        elif name in ("ol", "ul") and self.lists:
            self.lists.pop()
        elif name == "li":
            self.auto = ""
        elif name == "table":
            self.tables -= 1
            if not self.tables:
                self.blocks.extend(unwrapped([row for row in self.rows if row]))


def unwrapped(rows: list[list[str]]) -> list[Block]:
    """A table, or the lines of its only cell: a frame drawn around text is not a table."""
    if len(rows) == 1 and len(rows[0]) == 1:
        return [Line(line) for line in rows[0][0].split("\n")]
    return [Table(tuple(tuple(row) for row in rows))] if rows else []


def _events(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if isinstance(element.tag, str):
            yield event, element


def _start_of(element: etree._Element) -> int:
    start = element.get("start", "1")
    return int(start) if re.fullmatch(r"\d{1,4}", start) else 1
