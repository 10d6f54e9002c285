"""From the blocks of a document to the tree of a legal text.

The text is read in zones (front matter and preamble, body, signatures, annexes), and in each zone the numbers must run 1..N: articles
through the document, clauses through the article, points through the clause. Nothing is lost: every word goes to the tree or, as it is
written, to ``left_out``.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from consultations.blocks import Block, Doubt, Imported, LeftOut, Line, Table, Why
from consultations.building import Building, Growing
from consultations.doubts import doubts_about
from consultations.marks import number_at, ordinal
from consultations.skeleton import ATTACHED_TO, ENDED, Skeleton, dangling, is_page_number
from consultations.tree import Kind, search_key

_TYPES = frozenset(
    {
        "hien phap", "luat", "bo luat", "phap lenh", "lenh", "nghi dinh", "nghi quyet", "quyet dinh", "thong tu", "thong tu lien tich",
        "chi thi", "quy dinh", "quy che", "dieu le", "decree", "decision", "law", "resolution", "circular", "regulation",
    }
)  # fmt: skip
_STARTS = re.compile(r"[-–—+•] |“|Căn cứ |Theo đề nghị ")


def read_legal_text(blocks: Iterable[Block]) -> Imported:
    """The tree of a legal text, what was left out of it and what is doubtful. Never fails: a text without structure gives a draft
    without articles and says so."""
    return _Reading([_clean(block) for block in blocks if not _empty(block)]).result()


def _clean(block: Block) -> Block:
    if isinstance(block, Table):
        return Table(tuple(tuple("\n".join(_lines(cell)) for cell in row) for row in block.rows))
    words = unicodedata.normalize("NFC", block.text) if block.apart else " ".join(_lines(block.text))
    return msgspec.structs.replace(block, text=words, auto=" ".join(_lines(block.auto)))


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n")) if line]


def _empty(block: Block) -> bool:
    if isinstance(block, Table):
        return not any(cell.strip() for row in block.rows for cell in row)
    return not block.text.strip()


class _Reading:
    """One pass over the blocks of one document."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.skeleton = Skeleton(blocks)
        self.building = Building()
        self.left_out: list[tuple[str, Why, Growing | None]] = []
        self.refused: list[tuple[str, Growing | None]] = []
        self.noting = False  # whether the block quotation being read is a note

    def result(self) -> Imported:
        starts = [0, *(index for index in range(1, len(self.blocks)) if self.skeleton.begins_attachment(index))]
        title = ""
        for start, end in zip(starts, [*starts[1:], len(self.blocks)], strict=True):
            articles = self.skeleton.articles(start, end)
            self.skeleton.divisions(start, articles)
            body = min((index for index in self.skeleton.heads if start <= index < end), default=end)
            if start:
                self._attachment(start, body)
            else:
                body = body if articles else self.skeleton.first_annex(end)
                title = self._front(body)
            self._annexes(self._body(body, end, articles[-1] if articles else body), end)
        return self._finish(title)

    def _finish(self, title: str) -> Imported:
        title = title or next((root.heading for root in self.building.roots if root.heading), "")
        draft = self.building.finish(title)
        return Imported(
            draft,
            tuple(LeftOut(text, why, node.id if node else None) for text, why, node in self.left_out),
            (*doubts_about(draft), *(Doubt("heading_refused", node.id if node else None, words) for words, node in self.refused)),
        )

    # --- building ------------------------------------------------------------------------------------------------------

    def _open_marked(self, index: int, kind: Kind, number: str | None) -> Growing:
        """Open the node that the numbering at this block begins. A number that a word processor adds is not part of the marker."""
        mark, block = self.skeleton.marks[index], self.blocks[index]
        assert mark is not None and isinstance(block, Line)
        marker = mark.marker
        if block.auto:
            marker = marker.removeprefix(block.auto).strip() if marker.startswith(block.auto) else ""
        node = self.building.open(kind, number, marker)
        node.tight = mark.tight and bool(marker)
        return node

    def _newest(self) -> Growing | None:
        return self.building.path[-1] if self.building.path else None

    def _leave_out(self, block: Block, why: Why) -> None:
        if isinstance(block, Table):
            self.left_out.append(("\n".join(" ".join(row) for row in block.rows), why, self._newest()))
        else:
            self.left_out.append((block.text, block.apart or why, self._newest()))

    def _text(self, block: Block) -> None:
        """Add words to the node that is open, or a table to its children. What follows a table is a paragraph of its own."""
        if isinstance(block, Table):
            self.building.open("table").rows += block.rows
            return
        if block.apart:
            self._leave_out(block, block.apart)
            return
        node, text = self.building.words_node(), f"{block.auto} {block.text}".strip()
        node.say(text, on=self._goes_on(node, text, block.soft))

    @staticmethod
    def _goes_on(node: Growing, text: str, soft: bool) -> bool:
        """Whether a line goes on in the paragraph before it: scanners and mail break sentences over lines."""
        if not node.lines or _STARTS.match(text):
            return False
        return soft or (text[0].islower() and not node.last.endswith(ENDED)) or dangling(node.last)

    # --- the front -----------------------------------------------------------------------------------------------------

    def _front(self, end: int) -> str:
        """Read what stands before the first heading: the preamble becomes a node, the rest is left out. Returns the title."""
        bases = [index for index in range(end) if self.skeleton.is_basis(index)]
        begin = end
        if bases:
            # Where the preamble stands twice, the copy nearest to the articles is the text's own.
            begin = bases[-1]
            while begin > bases[0] and not self.skeleton.title_like(begin - 1) and isinstance(self.blocks[begin - 1], Line):
                begin -= 1
            begin = next(index for index in bases if index >= begin)
        for index in range(begin):
            self._leave_out(self.blocks[index], "front_matter")
        if begin < end:
            self.building.open("preamble")
        for index in range(begin, end):
            block = self.blocks[index]
            if isinstance(block, Table) or block.level:
                self._leave_out(block, "front_matter")
            elif aside := self._aside(index):
                self._leave_out(block, aside)
            else:
                self._text(block)
        return self._title(end)

    def _title(self, end: int) -> str:
        """The title as people say it: ``NGHỊ ĐỊNH`` above ``Về công tác văn thư`` is ``Nghị định về công tác văn thư``."""
        lines = [(index, block) for index, block in enumerate(self.blocks[:end]) if isinstance(block, Line) and not block.apart]
        for place, (_, line) in enumerate(lines):
            kind = line.text.strip(" .`'*_-–—")
            if kind.isupper() and search_key(kind) in _TYPES:
                subject: list[str] = []
                for index, following in lines[place + 1 : place + 5]:
                    if not following.text.strip("_-–— *") or self.skeleton.is_basis(index) or (subject and not following.soft):
                        break
                    subject.append(following.text)
                words = " ".join(subject)
                words = words.capitalize() if words.isupper() else words
                return f"{kind.capitalize()} {words[:1].lower()}{words[1:]}".strip()
        return next((line.text for _, line in lines if line.level == 1), "")

    def _attachment(self, start: int, body: int) -> None:
        """Open the text that is put into force by this one, and read what stands before its first heading."""
        node = self.building.open("attachment", marker=self.skeleton.words(start))
        titled = True
        for index in range(start + 1, body):
            words = self.skeleton.words(index)
            titled = titled and bool(words) and not ATTACHED_TO.match(words)
            if titled and not self._aside(index):
                node.heading = f"{node.heading} {words}".strip()
            else:
                self._text(self.blocks[index])

    # --- the body ------------------------------------------------------------------------------------------------------

    def _body(self, start: int, end: int, last_article: int) -> int:
        """Read chapters and articles. Returns where the body and its signatures end."""
        index = start
        while index < end and (index in self.skeleton.heads or not self.skeleton.ends_body(index, after=last_article)):
            index = self._division(index, end) if index in self.skeleton.heads else self._article_text(index, end, last_article)
        while index < end and self.skeleton.ends_body(index, after=last_article) != "annex":
            self._leave_out(self.blocks[index], "signature")
            index += 1
            if index < end and self.skeleton.begins_annex(index):
                break
        return index

    def _division(self, index: int, end: int) -> int:
        """Open the node of a heading of the skeleton and read its title. Returns the block behind it."""
        mark, block = self.skeleton.marks[index], self.blocks[index]
        assert mark is not None and isinstance(block, Line)
        kind, as_written = self.skeleton.heads[index]
        node = self._open_marked(index, kind, mark.number if as_written else self.skeleton.due[index])
        node.heading = mark.rest
        index += 1
        while index < end and index not in self.skeleton.heads:
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
        if kind == "article" and (not block.level or not mark.rest) and node.heading.endswith((".", ";")):
            node.lines, node.heading = [[node.heading]], ""
        return index

    def _goes_on_title(self, node: Growing, index: int, begun: bool) -> bool:
        block, mark = self.blocks[index], self.skeleton.marks[index]
        assert isinstance(block, Line)
        if index in self.skeleton.quoted or (mark and mark.firm) or is_page_number(block.text) or block.quoted or block.auto:
            return False
        if not node.heading:
            return True
        if node.kind != "article":
            return bool(block.level) or block.text.isupper()
        if block.level or (node.heading.endswith(ENDED) and not block.soft):
            return False
        return (block.soft and not (begun and self.skeleton.level(index - 1))) or block.text[0].islower() or dangling(node.heading)

    def _article_text(self, start: int, end: int, last_article: int) -> int:
        """Read the words, clauses and points up to the next heading. Returns the block behind them."""
        stop = start + 1
        while stop < end and stop not in self.skeleton.heads and not self.skeleton.ends_body(stop, after=last_article):
            stop += 1
        clauses = self.skeleton.numbered("clause", start, stop)
        points: dict[int, bool] = {}
        for begin, until in zip([start, *clauses], [*clauses, stop], strict=True):
            points |= self.skeleton.numbered("point", begin, until)
        for index in range(start, stop):
            if index in clauses:
                self._numbered_node(index, "clause", clauses[index])
            elif index in points:
                self._numbered_node(index, "point", points[index])
            elif aside := self._aside(index):
                self._leave_out(self.blocks[index], aside)
            else:
                self._text(self.blocks[index])
        return stop

    def _numbered_node(self, index: int, kind: Kind, as_written: bool) -> None:
        mark = self.skeleton.marks[index]
        assert mark is not None
        siblings = [node for node in self.building.path if node.kind == kind]
        due = int(ordinal(kind, siblings[-1].number) or 0) + 1 if siblings else 1
        node = self._open_marked(index, kind, mark.number if as_written else number_at(kind, due))
        if mark.rest:
            node.say(mark.rest)

    def _aside(self, index: int) -> Why | None:
        """Why a block in the middle of the text is not part of it, if it is not."""
        block, mark = self.blocks[index], self.skeleton.marks[index]
        if isinstance(block, Table):
            return None
        if block.apart:
            return block.apart
        if is_page_number(block.text) and not block.auto:
            return "page_number"
        if block.quoted:
            before = self.skeleton.before(index)
            if before is None or not before.quoted:
                self.noting = before is None or not before.text.endswith((":", "như sau", "as follows"))
            return "note" if self.noting else None
        if block.level and mark and mark.kind in ("part", "chapter", "section", "subsection"):
            return "misplaced_heading"
        if mark and mark.kind in ("article", "clause", "point") and mark.firm and not block.soft and index not in self.skeleton.quoted:
            self.refused.append((f"{mark.marker} {mark.rest}".strip()[:80], self._newest()))
        return None

    # --- annexes -------------------------------------------------------------------------------------------------------

    def _annexes(self, start: int, end: int) -> None:
        """Read annexes and their forms: their titles, then all words and tables."""
        if start < end and self.skeleton.begins_annex(start):
            self.building.close_to(None)
        titling: Growing | None = None
        for index in range(start, end):
            mark, block = self.skeleton.marks[index], self.blocks[index]
            if mark and self.skeleton.begins_annex(index):
                titling = self._open_marked(index, mark.kind, mark.number)
                titling.heading = mark.rest
                titling = titling if mark.kind == "annex" else None
            elif titling and self.skeleton.title_like(index) and not is_page_number(self.skeleton.words(index)):
                titling.heading = f"{titling.heading} {self.skeleton.words(index)}".strip()
            else:
                titling = None
                self._text(block)
