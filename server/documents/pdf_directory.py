"""Where the pages of a PDF are, told once more behind its end, for a viewer that reads a file by parts.

To show the first page a viewer looks at what each page consists of, and in most files that stands beside its pictures: it would read a
piece of the file for each page. An update in increments (ISO 32000-1, section 7.5.6) repeats all of it in one place.
"""

import re
from collections.abc import Iterator
from io import BytesIO

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Object, Pdf, PdfError

_LARGEST_BYTES = 8 << 20
_DEEPEST = 50
_START = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")


def directory_of(data: bytes) -> bytes:
    """What is to stand behind the bytes of ``data``. Empty for a file that is encrypted, or needs mending before it can be read at all:
    viewers read such ones whole."""
    start = _START.search(data[-1024:])
    if start is None or not data.startswith(b"%PDF-"):
        return b""
    try:
        with Pdf.open(BytesIO(data), attempt_recovery=False) as document:
            if document.is_encrypted:
                return b""
            objects = {one.objgen: one.unparse(resolved=True) for one in _nodes(document.Root)}
            size, root = int(document.trailer.Size), document.Root.objgen
    except (PdfError, ValueError, TypeError, AttributeError, KeyError):
        return b""
    written, places = bytearray(b"\n"), {}
    for (number, generation), words in objects.items():
        places[number] = (len(data) + len(written), generation)
        written += b"%d %d obj\n%s\nendobj\n" % (number, generation, words)
        if len(written) > _LARGEST_BYTES:
            return b""
    table = len(data) + len(written)
    written += b"xref\n" + b"".join(
        b"%d 1\n%010d %05d n\r\n" % (number, place, generation) for number, (place, generation) in sorted(places.items())
    )
    written += b"trailer\n<< /Size %d /Root %d %d R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, *root, int(start[1]), table)
    directory = bytes(written)
    return directory if _reads_alike(data, data + directory) else b""


def _nodes(root: Object) -> Iterator[Object]:
    """The catalogue, and the tree of pages, each node before those below it."""
    yield root
    left = [(root.Pages, 0)]
    seen = set()
    while left:
        node, depth = left.pop()
        if not node.is_indirect or node.objgen in seen or depth > _DEEPEST or not isinstance(node, Dictionary):
            raise ValueError("no tree of pages")
        seen.add(node.objgen)
        yield node
        kids = node.get("/Kids")
        if isinstance(kids, Array):
            left += [(kid, depth + 1) for kid in reversed(list(kids))]


def _reads_alike(one: bytes, other: bytes) -> bool:
    counts = []
    for data in (one, other):
        document = pdfium.PdfDocument(data)
        try:
            counts.append([document.get_page_size(number) for number in range(len(document))])
        finally:
            document.close()
    return counts[0] == counts[1]
