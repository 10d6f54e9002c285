"""What people write when they name a clause (``điểm a khoản 2 Điều 7``), and the node that they mean."""

import re
import unicodedata
from collections.abc import Mapping

from consultations.tree import search_key
from consultations.words import clean
from server.kernel.ids import NodeId
from server.kernel.refused import Refused

_NAMES = {"dieu": 0, "khoan": 1, "diem": 2, "phu luc": 0, "mau so": 1, "mau": 1}
"""Names of clauses that people write, and how deep each stands: the order in which they are written does not matter."""

_ANCHOR = {"phu luc": "phu-luc", "mau so": "mau"}
_PART = re.compile(r"(điều|khoản|điểm|phụ lục|mẫu số|mẫu|dieu|khoan|diem|phu luc|mau so|mau)\s+([0-9a-zđ]+)")
_BETWEEN = re.compile(r"[\s,;.()]*(của|cua)?[\s,;.()]*")
_WHOLE = frozenset(("", "toan van", "toan van du thao", "toan bo du thao", "chung", "y kien chung"))


def cited(words: str, clauses: Mapping[str, NodeId]) -> NodeId | None:
    """The node named by ``words``; None for the whole draft. ``clauses`` are the nodes one may speak of by permalink fragment.

    Letters may be large or small, with or without accents; a bare number is that of an article, and a fragment names itself.

    Raises: Refused ``unknown_clause`` (with ``written``) where no node, or more than one, can be meant.
    """
    plain = unicodedata.normalize("NFC", " ".join(words.split())).lower()
    if search_key(plain) in _WHOLE:
        return None
    if (named := clauses.get(plain)) is not None:
        return named
    wanted = f"dieu-{plain}" if plain.isascii() and plain.isdigit() else _fragment(plain)
    if (meant := clauses.get(wanted)) is not None:
        return meant
    # An article of an attached text stands below it; it is meant where no other article has its number.
    below = [node for fragment, node in clauses.items() if wanted and fragment.endswith(f"-{wanted}")]
    if len(below) != 1:
        raise Refused("unknown_clause", written=clean(words[:200], "", 200, lines=False, required=False)[:100])
    return below[0]


def _fragment(plain: str) -> str:
    """The permalink fragment of what is named, or nothing where the words say something else as well."""
    parts = [(search_key(found[1]), found[2]) for found in _PART.finditer(plain)]
    depths = [_NAMES[name] for name, _ in parts]
    if 0 not in depths or len(set(depths)) < len(depths) or not _BETWEEN.fullmatch(_PART.sub("", plain)):
        return ""
    ordered = [part for _, part in sorted(zip(depths, parts, strict=True))]
    return "-".join(f"{_ANCHOR.get(name, name)}-{search_key(number.replace('đ', 'dd'))}" for name, number in ordered)
