"""Where a legal text's headings stand, found before anything is built.

What a line is follows from its place as much as from its words: ``Điều 8.`` is a heading only where article 8 is due, and a chapter's
title only where nothing but titles stands between it and an article.
"""

import re
from collections.abc import Sequence
from typing import Literal

from consultations.blocks import Block, Line, Table
from consultations.marks import Mark, in_sequence, number_at, ordinal, read_mark
from consultations.tree import Kind, search_key

_BASIS = re.compile(r"[-–•.\s]*(Căn cứ|Theo đề nghị|Xét đề nghị|Trên cơ sở|Pursuant to|At the (proposal|request))\b")
_ATTACHED = re.compile(r"(QUY ĐỊNH|QUY CHẾ|ĐIỀU LỆ|NỘI QUY|QUY TRÌNH|ĐỀ ÁN|REGULATION|REGULATIONS|CHARTER)$")
ATTACHED_TO = re.compile(r"\(?((Ban hành )?[Kk]èm theo|Issued (together )?with|Promulgated with)\b")
_SIGNED = re.compile(r"(TM|KT|TL|TUQ|Q)\. ?[A-ZĐÂÊÔƠƯÁÀỦẠ]{2}|ON BEHALF OF\b|(?i:recipients:)")
_PAGE = re.compile(r"[-–—. ]{0,3}\d{1,4}[-–—. ]{0,3}$")
ENDED = tuple('.:;!?…”"»)/')
"""The signs after which a new sentence can begin."""


class Skeleton:
    """The headings of one text. ``heads`` tells the kind of each, by the index of its block, and whether its number is as written;
    where it is not, ``due`` has the number that fits."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.marks = [_mark(block) for block in blocks]
        self.quoted = self._quotations()
        self.heads: dict[int, tuple[Kind, bool]] = {}
        self.due: dict[int, str | None] = {}

    def _quotations(self) -> set[int]:
        """Lines inside quotation marks that open at the beginning of one line and close at the end of a later one: the new wording of
        another document's articles in an amending one."""
        inside: set[int] = set()
        index = 0
        while index < len(self.blocks):
            end = self._closing(index) if self._introduced(index) else None
            if end is not None:
                inside.update(range(index, end + 1))
                index = end
            index += 1
        return inside

    def _introduced(self, start: int) -> bool:
        """Whether a quotation can open here: with a numbering, or where a colon announces it. A scanner's speck is no quotation mark."""
        block, before = self.blocks[start], self.before(start)
        if isinstance(block, Table) or not block.text.startswith("“"):
            return False
        return read_mark(block.text[1:].strip()) is not None or (before is not None and before.text.endswith(":"))

    def _closing(self, start: int) -> int | None:
        depth = 0
        for index in range(start, min(start + 300, len(self.blocks))):
            block = self.blocks[index]
            if isinstance(block, Table):
                continue
            mark = self.marks[index]
            if block.level and mark and mark.kind == "article":
                return None
            depth += block.text.count("“") - block.text.count("”")
            if depth <= 0:
                return index if index > start else None
        return None

    def fresh(self, index: int) -> bool:
        """Whether a new sentence can begin at this block: it is a paragraph of its own or the words before it are at an end."""
        block = self.blocks[index]
        if isinstance(block, Table) or block.level:
            return True
        before = self.before(index)
        if before is None or index - 1 in self.heads:
            return True
        return before.text.endswith(ENDED) or before.level > 0 or (not block.soft and not dangling(before.text.rstrip(",")))

    def _apart(self, index: int) -> bool:
        """Whether a numbered paragraph stands alone behind words that a scanner or a converter cut off."""
        block, before = self.blocks[index], self.before(index)
        return isinstance(block, Line) and not block.soft and before is not None and not referring(before.text.rstrip(","))

    def before(self, index: int) -> Line | None:
        """The line before a block, past page numbers, tags and specks of a scanner."""
        for place in range(index - 1, max(index - 4, -1), -1):
            block = self.blocks[place]
            if isinstance(block, Table):
                return None
            if not block.apart and not _PAGE.match(block.text) and len(block.text) > 2:
                return block
        return None

    def _candidates(self, kind: Kind, start: int, end: int) -> list[int]:
        return [index for index in range(start, end) if self._is(index, kind) and index not in self.quoted]

    def _is(self, index: int, kind: Kind) -> bool:
        mark, block = self.marks[index], self.blocks[index]
        if mark is None or mark.kind != kind or isinstance(block, Table):
            return False
        return mark.firm or block.level > 0

    def articles(self, start: int, end: int) -> list[int]:
        """Where the articles of one text begin. A line set as a heading is preferred to a plain one with the same number."""
        found = [index for index in self._candidates("article", start, end) if self.fresh(index)]
        places = {index: ordinal("article", self.number(index)) for index in found}
        last_styled = {places[index]: index for index in found if self.level(index)}
        found = [index for index in found if self.level(index) or last_styled.get(places[index], -1) < index]
        chosen = in_sequence([places[index] for index in found])
        last = 0
        for place, as_written in chosen.items():
            index = found[place]
            self.heads[index] = ("article", as_written)
            self.due[index] = number_at("article", last + 1)
            last = int(places[index] or 0) if as_written else last + 1
        return [found[place] for place in chosen]

    def divisions(self, start: int, articles: Sequence[int]) -> None:
        """Parts, chapters and sections: headings with nothing but titles between them and the article, or the next of them."""
        for article in articles:
            index, upper = article - 1, {"part": "", "chapter": "", "section": "", "subsection": ""}
            while index >= max(start, article - 14) and index not in self.heads:
                mark, block = self.marks[index], self.blocks[index]
                if isinstance(block, Table) or index in self.quoted:
                    break
                if mark and mark.kind in upper and (mark.firm or block.level) and upper[mark.kind] != mark.number:
                    self.heads[index] = (mark.kind, True)
                    upper[mark.kind] = mark.number or ""
                elif (mark and not block.level and mark.kind in ("article", "clause", "point")) or not (
                    self.title_like(index) or self._after_bare_mark(index)
                ):
                    break
                index -= 1

    def title_like(self, index: int) -> bool:
        """Whether a line can be part of a title: set as a heading or in capitals."""
        block = self.blocks[index]
        return isinstance(block, Line) and bool(block.level or block.apart or block.text.isupper() or _PAGE.match(block.text))

    def _after_bare_mark(self, index: int) -> bool:
        mark = self.marks[index - 1] if index else None
        return bool(mark and mark.kind in ("part", "chapter", "section", "subsection") and not mark.rest)

    def level(self, index: int) -> int:
        """The heading level of a block, 0 for none."""
        block = self.blocks[index]
        return block.level if isinstance(block, Line) else 0

    def number(self, index: int) -> str | None:
        """The written number at a block, if any."""
        mark = self.marks[index]
        return mark.number if mark else None

    def begins_attachment(self, index: int) -> bool:
        """Whether the text that this one puts into force begins here: ``QUY CHẾ`` … ``(Ban hành kèm theo Quyết định …)``."""
        block = self.blocks[index]
        if isinstance(block, Table) or not _ATTACHED.match(block.text):
            return False
        near = self.blocks[index + 1 : index + 8]
        return any(isinstance(line, Line) and ATTACHED_TO.match(line.text) for line in near)

    def ends_body(self, index: int, *, after: int) -> Literal["signature", "annex"] | None:
        """What begins at this block behind the last article: the signatures, an annex or a form, or nothing new (None)."""
        if index < after or index in self.heads:
            return None
        block = self.blocks[index]
        if self.begins_annex(index):
            return "annex"
        if isinstance(block, Table):
            words = " ".join(cell for row in block.rows for cell in row)
            return "signature" if "noi nhan" in search_key(words[:200]) or _SIGNED.search(words) else None
        if search_key(block.text).startswith(("noi nhan", "noi nham")) or _SIGNED.match(block.text) or self._closed(index):
            return "signature"
        return None

    def begins_annex(self, index: int) -> bool:
        """Whether an annex or a form begins at this block, if it stands behind the last article."""
        block, mark = self.blocks[index], self.marks[index]
        if isinstance(block, Table) or mark is None or not (self._is(index, "annex") or self._is(index, "form")):
            return False
        alone = not mark.rest or block.level or mark.rest.isupper() or mark.rest.startswith("(") or self._titled(index + 1)
        return bool(alone) and (not mark.rest or self.fresh(index))

    def _titled(self, index: int) -> bool:
        block = self.blocks[index] if index < len(self.blocks) else None
        return isinstance(block, Line) and (block.text.isupper() or bool(ATTACHED_TO.match(block.text)))

    def _closed(self, index: int) -> bool:
        """Whether the sign that ends an official text stands before this block."""
        before = self.before(index)
        return before is not None and before.text.rstrip('”"').endswith("./.")

    def first_annex(self, end: int) -> int:
        """Where a document that is nothing but an annex begins."""
        return next((index for index in range(end) if self.begins_annex(index)), end)

    def is_basis(self, index: int) -> bool:
        """Whether a line names a basis of the text, as preambles do."""
        block = self.blocks[index]
        return isinstance(block, Line) and not block.level and not block.apart and bool(_BASIS.match(block.text))

    def words(self, index: int) -> str:
        """The words of a line; none of a table."""
        block = self.blocks[index]
        return block.text if isinstance(block, Line) else ""

    def numbered(self, kind: Kind, start: int, stop: int) -> dict[int, bool]:
        """Where the clauses or points of one stretch of text begin, and whether their numbers are as written."""
        found = [index for index in self._candidates(kind, start, stop) if index == start or self.fresh(index) or self._apart(index)]
        chosen = in_sequence([ordinal(kind, self.number(index)) for index in found])
        return {found[place]: as_written for place, as_written in chosen.items()}


def is_page_number(text: str) -> bool:
    """Whether a line holds a page number and nothing else."""
    return bool(_PAGE.match(text))


def _mark(block: Block) -> Mark | None:
    if not isinstance(block, Line) or block.apart:
        return None
    return read_mark(f"{block.auto} {block.text}".strip())


_REFERRING = re.compile(r"(?:\b(?:[Đđ]iều|[Kk]hoản|điểm|[Cc]hương|[Mm]ục|[Pp]hụ lục|số|và|hoặc|các|đến|article|clause|point|and|or)|,)$")
_LINKING = re.compile(r"\b(?:của|tại|theo|of|in)$|(?:khoản|điểm|[Đđ]iều|clause|point) (?:\d{1,3}[a-zđ]?|[a-zđ])$")


def dangling(text: str) -> bool:
    """Whether a line breaks off within a sentence, as in ``quy định tại khoản 6`` | ``Điều 8``."""
    return referring(text) or bool(_LINKING.search(text[-20:]))


def referring(text: str) -> bool:
    """Whether a line breaks off where a number must follow, as in ``khoản 1 và khoản`` | ``2 Điều này``."""
    return bool(_REFERRING.search(text[-20:]))
