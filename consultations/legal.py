"""From the blocks of a document to the tree of a legal text.

What a line is follows from its place as much as from its words: ``Điều 8.`` is a heading only where article 8 is due. So the text is
read in zones (front matter and preamble, body, signatures, annexes), and in each zone the numbers must run 1..N: articles
through the document, clauses through the article, points through the clause. Nothing is lost: every word goes to the tree or, as it is
written, to ``left_out``.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from consultations.blocks import Block, Doubt, Imported, LeftOut, Line, Table, Why
from consultations.marks import Mark, in_sequence, number_at, ordinal, read_mark
from consultations.tree import HEADED, RANK, Draft, Kind, Node, search_key
from server.kernel.ids import NodeId

_TYPES = frozenset(
    {
        "hien phap", "luat", "bo luat", "phap lenh", "lenh", "nghi dinh", "nghi quyet", "quyet dinh", "thong tu", "thong tu lien tich",
        "chi thi", "quy dinh", "quy che", "dieu le", "decree", "decision", "law", "resolution", "circular", "regulation",
    }
)  # fmt: skip
_BASIS = re.compile(r"[-–•.\s]*(Căn cứ|Theo đề nghị|Xét đề nghị|Trên cơ sở|Pursuant to|At the (proposal|request))\b")
_ATTACHED = re.compile(r"(QUY ĐỊNH|QUY CHẾ|ĐIỀU LỆ|NỘI QUY|QUY TRÌNH|ĐỀ ÁN|REGULATION|REGULATIONS|CHARTER)$")
_ATTACHED_TO = re.compile(r"\(?((Ban hành )?[Kk]èm theo|Issued (together )?with|Promulgated with)\b")
_SIGNED = re.compile(r"(TM|KT|TL|TUQ|Q)\. ?[A-ZĐÂÊÔƠƯÁÀỦẠ]{2}|ON BEHALF OF\b|(?i:recipients:)")
_PAGE = re.compile(r"[-–—. ]{0,3}\d{1,4}[-–—. ]{0,3}$")
_ENDED = tuple('.:;!?…”"»)/')
_STARTS = re.compile(r"[-–—+•] |“|Căn cứ |Theo đề nghị ")


def read_legal_text(blocks: Iterable[Block], fallback_title: str = "") -> Imported:
    """The tree of a legal text, what was left out of it and what is doubtful. Never fails: a text without structure gives a draft
    without articles and says so. ``fallback_title`` is used where the text does not name itself."""
    return _Reading([_clean(block) for block in blocks if not _empty(block)]).result(fallback_title)


def _clean(block: Block) -> Block:
    if isinstance(block, Table):
        return Table(tuple(tuple("\n".join(_lines(cell)) for cell in row) for row in block.rows))
    words = block.text if block.apart else " ".join(_lines(block.text))
    return msgspec.structs.replace(block, text=unicodedata.normalize("NFC", words))


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n")) if line]


def _empty(block: Block) -> bool:
    return not (block.text.strip() or block.auto if isinstance(block, Line) else any(cell.strip() for row in block.rows for cell in row))


class _Open:
    """A node being built."""

    def __init__(self, kind: Kind, mark: Mark | None = None, number: str | None = None, heading: str = "", auto: bool = False) -> None:
        self.kind = kind
        self.number = number
        self.marker = mark.marker if mark and not auto else ""
        self.heading = heading
        self.lines: list[str] = []
        self.rows: tuple[tuple[str, ...], ...] = ()
        self.children: list[_Open] = []
        self.id = NodeId("")

    def freeze(self, ids: list[int]) -> Node:
        ids[0] += 1
        self.id = NodeId(f"n{ids[0]}")
        children = tuple(child.freeze(ids) for child in self.children)
        return Node(self.id, self.kind, self.number, self.marker, self.heading, "\n".join(self.lines), self.rows, children)


class _Reading:
    """One pass over the blocks of one document."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.marks = [self._mark(block) for block in blocks]
        self.quoted = self._quotations()
        self.heads: dict[int, tuple[Kind, bool]] = {}  # where a heading of the skeleton stands, and whether its number is as written
        self.roots: list[_Open] = []
        self.stack: list[_Open] = []
        self.newest: _Open | None = None
        self.left_out: list[tuple[str, Why, _Open | None]] = []
        self.doubts: list[tuple[str, _Open | None, str]] = []

    @staticmethod
    def _mark(block: Block) -> Mark | None:
        if not isinstance(block, Line) or block.apart:
            return None
        return read_mark(f"{block.auto} {block.text}".strip())

    # --- finding the skeleton ------------------------------------------------------------------------------------------

    def _quotations(self) -> set[int]:
        """Lines inside quotation marks that open at the beginning of one line and close at the end of a later one: the new wording of
        another document's articles in an amending one."""
        inside: set[int] = set()
        index = 0
        while index < len(self.blocks):
            end = self._closing(index)
            if end is not None:
                inside.update(range(index, end + 1))
                index = end
            index += 1
        return inside

    def _closing(self, start: int) -> int | None:
        depth = 0
        for index in range(start, min(start + 300, len(self.blocks))):
            block = self.blocks[index]
            if isinstance(block, Table):
                continue
            mark = self.marks[index]
            if (index == start and not block.text.startswith("“")) or (block.level and mark and mark.kind == "article"):
                return None
            depth += block.text.count("“") - block.text.count("”")
            if depth <= 0:
                return index if index > start else None
        return None

    def _fresh(self, index: int) -> bool:
        """Whether a new sentence can begin at this block: it is a paragraph of its own or the words before it are at an end."""
        block = self.blocks[index]
        if isinstance(block, Table) or block.level:
            return True
        before = self._before(index)
        if before is None or index - 1 in self.heads:
            return True
        return before.text.endswith(_ENDED) or before.level > 0 or (not block.soft and not _dangling(before.text.rstrip(",")))

    def _before(self, index: int) -> Line | None:
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

    def _articles(self, start: int, end: int) -> list[int]:
        """Where the articles of one text begin. A line set as a heading is preferred to a plain one with the same number."""
        found = [index for index in self._candidates("article", start, end) if self._fresh(index)]
        places = {index: ordinal("article", self._number(index)) for index in found}
        last_styled = {places[index]: index for index in found if self._level(index)}
        found = [index for index in found if self._level(index) or last_styled.get(places[index], -1) < index]
        chosen = in_sequence([places[index] for index in found])
        for place, as_written in chosen.items():
            self.heads[found[place]] = ("article", as_written)
        return [found[place] for place in chosen]

    def _divisions(self, start: int, articles: Sequence[int]) -> None:
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
                    self._title_like(index) or self._after_bare_mark(index)
                ):
                    break
                index -= 1

    def _title_like(self, index: int) -> bool:
        block = self.blocks[index]
        return isinstance(block, Line) and bool(block.level or block.apart or block.text.isupper() or _PAGE.match(block.text))

    def _after_bare_mark(self, index: int) -> bool:
        mark = self.marks[index - 1] if index else None
        return bool(mark and mark.kind in ("part", "chapter", "section", "subsection") and not mark.rest)

    def _level(self, index: int) -> int:
        block = self.blocks[index]
        return block.level if isinstance(block, Line) else 0

    def _number(self, index: int) -> str | None:
        mark = self.marks[index]
        return mark.number if mark else None

    def _attachment(self, index: int) -> bool:
        """Whether the text that this one puts into force begins here: ``QUY CHẾ`` … ``(Ban hành kèm theo Quyết định …)``."""
        block = self.blocks[index]
        if isinstance(block, Table) or not _ATTACHED.match(block.text):
            return False
        near = self.blocks[index + 1 : index + 8]
        return any(isinstance(line, Line) and _ATTACHED_TO.match(line.text) for line in near)

    def _ends_body(self, index: int) -> Why | Kind | None:
        """What begins at this block behind the last article: the signatures, an annex, or nothing new (None)."""
        block, mark = self.blocks[index], self.marks[index]
        if isinstance(block, Table):
            words = " ".join(cell for row in block.rows for cell in row)
            return "signature" if search_key(words[:200]).find("noi nhan") >= 0 or _SIGNED.search(words) else None
        if mark and mark.kind in ("annex", "form") and self._is(index, mark.kind):
            alone = not mark.rest or block.level or mark.rest.isupper() or mark.rest.startswith("(") or self._titled(index + 1)
            return mark.kind if alone and (self._fresh(index) or not mark.rest) else None
        return "signature" if search_key(block.text).startswith(("noi nhan", "noi nham")) or _SIGNED.match(block.text) else None

    def _titled(self, index: int) -> bool:
        block = self.blocks[index] if index < len(self.blocks) else None
        return isinstance(block, Line) and (block.text.isupper() or bool(_ATTACHED_TO.match(block.text)))

    # --- building ------------------------------------------------------------------------------------------------------

    def result(self, fallback_title: str) -> Imported:
        starts = [0, *(index for index in range(1, len(self.blocks)) if self._attachment(index))]
        title = ""
        for start, end in zip(starts, [*starts[1:], len(self.blocks)], strict=True):
            articles = self._articles(start, end)
            if start and not articles:
                self._annexes(start, end)
                continue
            self._divisions(start, articles)
            heads = sorted(index for index in self.heads if start <= index < end)
            body = heads[0] if heads else end
            if start:
                body = self._open_attachment(start, body)
            else:
                body = body if heads else self._first_annex(end)
                title = self._front(body)
            tail = self._body(body, end, articles[-1] if articles else body)
            self._annexes(tail, end)
        return self._freeze(title or fallback_title)

    def _freeze(self, title: str) -> Imported:
        ids = [0]
        draft = Draft(title, tuple(root.freeze(ids) for root in self.roots))
        if not any(kind == "article" for kind, _ in self.heads.values()):
            self.doubts.append(("no_articles", None, ""))
        if not title:
            self.doubts.append(("no_title", None, ""))
        return Imported(
            draft,
            tuple(LeftOut(text, why, node.id if node else None) for text, why, node in self.left_out),
            tuple(msgspec.convert({"code": code, "node": node and node.id, "words": words}, Doubt) for code, node, words in self.doubts),
        )

    def _open(self, node: _Open) -> None:
        while self.stack and RANK[self.stack[-1].kind] >= RANK[node.kind]:
            self.stack.pop()
        (self.stack[-1].children if self.stack else self.roots).append(node)
        self.stack.append(node)
        self.newest = node

    def _leave_out(self, block: Block, why: Why) -> None:
        text = "\n".join(" ".join(row) for row in block.rows) if isinstance(block, Table) else block.text
        self.left_out.append((text, why, self.newest))

    def _text(self, block: Block, *, soft: bool | None = None) -> None:
        """Add words to the node that is open."""
        if isinstance(block, Table):
            table = _Open("table")
            table.rows = block.rows
            self._open(table)
            return
        if self.stack and self.stack[-1].kind == "table":
            self._open(_Open("paragraph"))
        if not self.stack:
            self._open(_Open("paragraph"))
        node, text = self.stack[-1], f"{block.auto} {block.text}".strip()
        if self._goes_on(node, text, block.soft if soft is None else soft):
            node.lines[-1] += f" {text}"
        else:
            node.lines.append(text)

    @staticmethod
    def _goes_on(node: _Open, text: str, soft: bool) -> bool:
        """Whether a line goes on in the paragraph before it: scanners and mail break sentences over lines."""
        if not node.lines or _STARTS.match(text):
            return False
        return soft or (text[0].islower() and not node.lines[-1].endswith(_ENDED)) or _dangling(node.lines[-1])

    # --- zones ---------------------------------------------------------------------------------------------------------

    def _front(self, end: int) -> str:
        """Read what stands before the first heading: the preamble becomes a node, the rest is left out. Returns the title."""
        bases = [index for index in range(end) if self._basis(index)]
        begin = end
        if bases:
            begin = bases[-1]
            while begin - 1 >= bases[0] and not self._title_like(begin - 1) and isinstance(self.blocks[begin - 1], Line):
                begin -= 1
            begin = next(index for index in bases if index >= begin)
        for index in range(begin):
            self._leave_out(self.blocks[index], _apart(self.blocks[index]) or "front_matter")
        if begin < end:
            self._open(_Open("preamble"))
        for index in range(begin, end):
            block = self.blocks[index]
            if isinstance(block, Table) or block.level or block.apart:
                self._leave_out(block, _apart(block) or "front_matter")
            else:
                self._text(block)
        return self._title(end)

    def _basis(self, index: int) -> bool:
        block = self.blocks[index]
        return isinstance(block, Line) and not block.level and not block.apart and bool(_BASIS.match(block.text))

    def _title(self, end: int) -> str:
        lines = [block for block in self.blocks[:end] if isinstance(block, Line) and not block.apart]
        for place, line in enumerate(lines):
            kind = line.text.strip(" .`'*_-–—")
            if kind.isupper() and search_key(kind) in _TYPES:
                subject: list[str] = []
                for following in lines[place + 1 : place + 5]:
                    if not following.text.strip("_-–— *") or _BASIS.match(following.text) or (subject and not following.soft):
                        break
                    subject.append(following.text)
                words = " ".join(subject)
                if words.isupper():
                    words = words.capitalize()
                return " ".join(f"{kind.capitalize()} {words[:1].lower()}{words[1:]}".split())
        return next((line.text for line in lines if line.level == 1), "")

    def _first_annex(self, end: int) -> int:
        for index in range(end):
            mark = self.marks[index]
            if mark and mark.kind == "annex" and self._ends_body(index) == "annex":
                return index
        return end

    def _open_attachment(self, start: int, body: int) -> int:
        self.stack.clear()
        first = self.blocks[start]
        assert isinstance(first, Line)
        node = _Open("attachment", Mark("attachment", None, first.text, "", True))
        self._open(node)
        index = start + 1
        while index < body and not _ATTACHED_TO.match(self._words(index)) and isinstance(self.blocks[index], Line):
            node.heading = f"{node.heading} {self._words(index)}".strip()
            index += 1
        for rest in range(index, body):
            self._text(self.blocks[rest])
        return body

    def _words(self, index: int) -> str:
        block = self.blocks[index]
        return block.text if isinstance(block, Line) else ""

    def _body(self, start: int, end: int, last_article: int) -> int:
        """Read chapters and articles. Returns where the body and its signatures end."""
        index = start
        while index < end:
            if index >= last_article and (index > last_article or index not in self.heads):
                zone = self._ends_body(index) or ("signature" if self._closed(index) else None)
                if zone == "signature":
                    return self._signatures(index, end)
                if zone:
                    return index
            if index in self.heads:
                index = self._division(index, end)
            elif index > start:
                index = self._article_text(index, end, last_article)
            else:
                return index
        return index

    def _closed(self, index: int) -> bool:
        before = self._before(index)
        return before is not None and before.text.rstrip('”"').endswith("./.")

    def _signatures(self, index: int, end: int) -> int:
        while index < end and self._ends_body(index) not in ("annex", "form"):
            self._leave_out(self.blocks[index], _apart(self.blocks[index]) or "signature")
            index += 1
        return index

    def _division(self, index: int, end: int) -> int:
        """Open the node of a heading of the skeleton and read its title. Returns the block behind it."""
        mark, block = self.marks[index], self.blocks[index]
        assert mark is not None and isinstance(block, Line)
        kind, as_written = self.heads[index]
        node = _Open(kind, mark, mark.number, mark.rest, bool(block.auto))
        self._open(node)
        if not as_written:
            self.doubts.append(("number_misread", node, mark.marker))
        if block.auto and block.text and not mark.rest:
            node.heading = block.text
        index += 1
        while index < end and index not in self.heads:
            following = self.blocks[index]
            if not isinstance(following, Line):
                break
            if following.apart:
                self._leave_out(following, following.apart)
            elif self._goes_on_title(node, index, bool(mark.rest)):
                node.heading = f"{node.heading} {following.text}".strip()
            else:
                break
            index += 1
        # Articles of older and of short texts have no title: their first sentence stands behind the number.
        if kind == "article" and block.level == 0 and node.heading.endswith((".", ";", "./.”")):
            node.lines, node.heading = [node.heading], ""
        return index

    def _goes_on_title(self, node: _Open, index: int, begun: bool) -> bool:
        block, mark = self.blocks[index], self.marks[index]
        assert isinstance(block, Line)
        if index in self.quoted or (mark and mark.firm) or _PAGE.match(block.text):
            return False
        if not node.heading:
            return True
        if node.kind != "article":
            return bool(block.level) or block.text.isupper()
        if block.level or (node.heading.endswith(_ENDED) and not block.soft):
            return False
        return (block.soft and not (begun and self._level(index - 1))) or block.text[0].islower() or _dangling(node.heading)

    def _article_text(self, start: int, end: int, last_article: int) -> int:
        """Read the words, clauses and points of one article. Returns the block behind them."""
        stop = start
        while stop < end and stop not in self.heads and not (stop > last_article and (self._ends_body(stop) or self._closed(stop))):
            stop += 1
        clauses = self._numbered("clause", start, stop)
        points: dict[int, bool] = {}
        for begin, until in zip([start, *clauses], [*clauses, stop], strict=True):
            points |= self._numbered("point", begin, until)
        for index in range(start, stop):
            block = self.blocks[index]
            if index in clauses:
                self._numbered_node(index, "clause", clauses[index])
            elif index in points:
                self._numbered_node(index, "point", points[index])
            elif apart := self._aside(index):
                self._leave_out(block, apart)
            else:
                self._text(block)
        return stop

    def _numbered(self, kind: Kind, start: int, stop: int) -> dict[int, bool]:
        found = [index for index in self._candidates(kind, start, stop) if index == start or self._fresh(index)]
        chosen = in_sequence([ordinal(kind, self._number(index)) for index in found])
        return {found[place]: as_written for place, as_written in chosen.items()}

    def _numbered_node(self, index: int, kind: Kind, as_written: bool) -> None:
        mark, block = self.marks[index], self.blocks[index]
        assert mark is not None and isinstance(block, Line)
        while self.stack and RANK[self.stack[-1].kind] >= RANK[kind] and self.stack[-1].kind != kind:
            self.stack.pop()
        before = self.stack[-1].number if self.stack and self.stack[-1].kind == kind else None
        due = int(ordinal(kind, before) or 0) + 1
        number = mark.number if as_written else number_at(kind, due)
        node = _Open(kind, mark, number, auto=bool(block.auto))
        self._open(node)
        if mark.rest:
            node.lines.append(mark.rest)
        if not as_written:
            self.doubts.append(("number_misread", node, mark.marker))
        elif (ordinal(kind, number) or 0) > due:
            self.doubts.append(("number_skipped", node, mark.marker))

    def _aside(self, index: int) -> Why | None:
        """Why a block in the middle of the body is not part of it, if it is not."""
        block, mark = self.blocks[index], self.marks[index]
        if isinstance(block, Table):
            return None
        if block.apart:
            return block.apart
        if _PAGE.match(block.text) and not block.auto:
            return "page_number"
        if block.quoted:
            before = self._before(index)
            return None if before is not None and ((before.quoted and not self._aside(index - 1)) or before.text.endswith(":")) else "note"
        if block.level and mark and mark.kind in ("part", "chapter", "section", "subsection"):
            return "misplaced_heading"
        if mark and mark.kind == "article" and mark.firm and index not in self.quoted and self._fresh(index):
            self.doubts.append(("heading_refused", self.newest, f"{mark.marker} {mark.rest}".strip()))
        return None

    def _annexes(self, start: int, end: int) -> None:
        """Read annexes and their forms: their titles, then all words and tables."""
        if start >= end:
            return
        self.stack.clear()
        index = start
        while index < end:
            mark, block = self.marks[index], self.blocks[index]
            kind = self._ends_body(index)
            if isinstance(block, Line) and mark and kind in ("annex", "form"):
                node = _Open(mark.kind, mark, mark.number, mark.rest)
                self._open(node)
                while index + 1 < end and self._goes_on_annex_title(node, index + 1):
                    index += 1
                    node.heading = f"{node.heading} {self._words(index)}".strip()
            elif isinstance(block, Line) and block.apart:
                self._leave_out(block, block.apart)
            else:
                self._text(block)
            index += 1

    def _goes_on_annex_title(self, node: _Open, index: int) -> bool:
        block = self.blocks[index]
        if not isinstance(block, Line) or block.apart or self._ends_body(index) or not self._title_like(index):
            return False
        return node.kind == "annex" and not _PAGE.match(block.text)


def _apart(block: Block) -> Why | None:
    return block.apart if isinstance(block, Line) else None


_DANGLING = re.compile(
    r"(?:\b(?:[Đđ]iều|[Kk]hoản|điểm|[Cc]hương|[Mm]ục|[Pp]hụ lục|số|và|hoặc|của|tại|theo|các|article|clause|point|of|and|or)|,)$"
)


def _dangling(text: str) -> bool:
    """Whether a line breaks off within a sentence, as in ``quy định tại khoản 6`` | ``Điều 8``."""
    return bool(_DANGLING.search(text[-20:])) or bool(re.search(r"(?:khoản|điểm|[Đđ]iều|clause|point) \w{1,3}$", text[-20:]))


assert {"clause", "point"}.isdisjoint(HEADED)
