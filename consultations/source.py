"""A draft as plain text that an editor can correct by hand, and back.

The first line is the title. A line that begins with a numbering (``Điều 3. …``, ``2. …``, ``đ) …``) begins that node; its other words
follow on lines of their own. Three signs say what a line alone cannot:

- ``[Khoản 8] {5.} …`` names the node; the words in braces are the numbering as written, where it differs. Nodes without numbers are
  written so too: ``[Căn cứ]``, ``[Đoạn]``, ``[Bảng]`` with its rows as ``| a | b |``. ``[Đoạn > khoản]`` says of which open node it is,
  ``[Điều 1 không tên]`` that what follows is no title.
- ``\\`` before a line says that it is only words, whatever it looks like.

The law kept by tests: ``from_source(to_source(draft)).draft == draft`` for every draft whose ids are its places in reading order.
"""

import re
import unicodedata

from consultations.blocks import Imported
from consultations.building import Building
from consultations.doubts import doubts_about
from consultations.marks import Mark, read_mark
from consultations.tree import HEADED, RANK, Draft, Kind, Node, paths

_NAMES: dict[Kind, str] = {
    "preamble": "Căn cứ",
    "attachment": "Kèm theo",
    "annex": "Phụ lục",
    "form": "Mẫu",
    "part": "Phần",
    "chapter": "Chương",
    "section": "Mục",
    "subsection": "Tiểu mục",
    "article": "Điều",
    "clause": "Khoản",
    "point": "Điểm",
    "paragraph": "Đoạn",
    "table": "Bảng",
}
_KINDS: dict[str, Kind] = {name.lower(): kind for kind, name in _NAMES.items()}
_ROOT = "văn bản"
_UNTITLED = "không tên"
_NAMED = re.compile(
    rf"\[(?P<name>{'|'.join(_NAMES.values())})(?: (?!{_UNTITLED})(?P<number>[^\]>]+?))?"
    rf"(?P<untitled> {_UNTITLED})?(?: > (?P<parent>[^\]]+))?\](?: \{{(?P<marker>[^}}]*)\}})?",
    re.IGNORECASE,
)


# --- writing -----------------------------------------------------------------------------------------------------------


def to_source(draft: Draft) -> str:
    """The draft as text for an editor, ending with a line feed."""
    lines = [draft.title]
    open_path: tuple[Node, ...] = ()
    for path in paths(draft):
        node = path[-1]
        if RANK[node.kind] <= RANK["article"]:
            lines.append("")
        lines += _written(node, _said_parent(open_path, path))
        open_path = path
    return "\n".join(lines) + "\n"


def _said_parent(open_path: tuple[Node, ...], path: tuple[Node, ...]) -> str:
    """The parent's name where a reader would otherwise take another node for it; else nothing."""
    taken = [node for node in open_path if RANK[node.kind] < RANK[path[-1].kind]]
    if taken[-1:] == list(path[-2:-1]):
        return ""
    return _NAMES[path[-2].kind].lower() if len(path) > 1 else _ROOT


def _written(node: Node, parent: str) -> list[str]:
    texts = node.text.split("\n") if node.text else []
    # Words stand on the line of the number where it is a clause's or a point's, and where an article has a sentence for a title.
    untitled = node.kind in HEADED and not node.heading and bool(texts) and (node.tight or _is_sentence(node.kind, texts[0]))
    inline = texts.pop(0) if texts and (untitled or node.kind in ("clause", "point")) else node.heading
    gap = "" if node.tight else " "
    plain = f"{node.marker}{gap}{inline}".strip()
    natural = read_mark(plain) == Mark(node.kind, node.number, node.marker, inline, firm=True, tight=node.tight)
    if parent or not natural or untitled != _is_sentence(node.kind, inline):
        name = _NAMES[node.kind] + (f" {node.number}" if node.number is not None else "")
        name += (f" {_UNTITLED}" if untitled else "") + (f" > {parent}" if parent else "")
        marker = f" {{{node.marker}}}" if node.marker or node.tight or inline.startswith("{") else ""
        plain = f"[{name}]{marker}{gap}{inline}".strip()
    rows = ["".join(["|", *(f" {_cell(cell)} |" for cell in row)]) for row in node.rows]
    return [plain, *(_escaped(text) for text in texts), *rows]


def _is_sentence(kind: Kind, words: str) -> bool:
    return kind == "article" and words.endswith((".", ";"))


def _escaped(text: str) -> str:
    return "\\" + text if text.startswith(("\\", "|", "[")) or _begins_node(text) else text


def _begins_node(text: str) -> bool:
    mark = read_mark(text)
    return mark is not None and mark.firm


def _cell(words: str) -> str:
    return words.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n")


# --- reading -----------------------------------------------------------------------------------------------------------


def from_source(source: str) -> Imported:
    """The draft that an editor's text describes, with its doubts. Every text describes one: what is not a numbering is words."""
    first, _, rest = unicodedata.normalize("NFC", source).partition("\n")
    building = Building()
    for line in rest.split("\n"):
        words = " ".join(line.split())
        if words.startswith("\\") and words[1:].strip():
            building.words_node().say(words[1:].strip())
        elif words.startswith("|"):
            table = building.path[-1] if building.path and building.path[-1].kind == "table" else building.open("table")
            table.rows.append(_cells(words))
        elif named := _NAMED.match(words):
            if parent := named["parent"]:
                building.close_to(_KINDS.get(parent.lower()))
            behind, kind = words[named.end() :], _KINDS[named["name"].lower()]
            tight = named["marker"] is not None and behind[:1] not in ("", " ")
            mark = Mark(kind, named["number"], (named["marker"] or "").strip(), behind.strip(), True, tight)
            _begin(building, mark, titled=kind in HEADED and not named["untitled"])
        elif (found := read_mark(words)) and found.firm:
            _begin(building, found, titled=found.kind in HEADED and not _is_sentence(found.kind, found.rest))
        elif words.strip("\\"):
            building.words_node().say(words)
    draft = building.finish(" ".join(first.split()))
    return Imported(draft, doubts=tuple(doubts_about(draft)))


def _begin(building: Building, mark: Mark, *, titled: bool) -> None:
    node = building.open(mark.kind, mark.number, mark.marker)
    node.tight = mark.tight
    if titled:
        node.heading = mark.rest
    elif mark.rest:
        node.say(mark.rest)


def _cells(line: str) -> tuple[str, ...]:
    """The cells of ``| a | b |``. The bar at the end may be missing."""
    parts = re.split(r"(?<!\\)((?:\\\\)*)\|", line[1:])
    cells = ["".join(parts[place : place + 2]) for place in range(0, len(parts), 2)]
    if not cells[-1].strip():
        cells.pop()
    return tuple(re.sub(r"\\([\\|n])", lambda found: "\n" if found[1] == "n" else found[1], cell.strip()) for cell in cells)
