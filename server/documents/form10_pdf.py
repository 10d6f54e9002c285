"""Form 10 as a PDF, typeset by typst: tagged for screen readers (PDF/UA-1, ISO 14289-1), with its fonts inside.

The fonts are the product's own, and no others are looked at, so the same report gives the same bytes on every machine. A long report is
typeset in parts, which are joined: for ten thousand rows at once typst takes gigabytes.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import msgspec
import typst
from pikepdf import Pdf

from consultations.report import Report
from server.documents.form10_words import COLUMNS, MOTTO, NATION, RESULTS, TITLE, Cells, Heading, front, table
from server.documents.glyphs import FONTS, NOTE, printable
from server.documents.joined_pdf import JoinedPdf

_FOLDER = Path(__file__).parent
_ROWS_A_TABLE = 300
_TABLES_A_PART = 2
"""Tables of one part are typeset at the same time, on as many processors."""
_TYPESET = 0.9
"""The share of the work that is done before the file is put together."""
_REMEMBERED = 11
"""typst keeps what it has laid out for so many documents to come, which are other ones here."""

_Table = list[Heading | Cells]


def write_pdf(report: Report, progress: Callable[[float], None]) -> bytes:
    """The file's bytes. ``progress`` hears of the share done, 0 to 1, after each part; what it raises is raised here."""
    tables = list(_tables(table(report)))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    form = {
        "title": f"{' '.join(TITLE)} {front(report).subject}",
        "nation": NATION,
        "motto": MOTTO,
        "lines": TITLE,
        "columns": COLUMNS,
        "results": RESULTS,
        "front": front(report),
    }
    progress(0.0)
    written = JoinedPdf()
    pages, lacking = 0, False
    with ThreadPoolExecutor(1) as joining:  # a part is joined while the next is typeset, which leaves Python's lock to others
        joined: Future[None] | None = None
        for place in range(0, len(tables), _TABLES_A_PART):
            upto = place + _TABLES_A_PART
            part = {"tables": tables[place:upto], "pages_before": pages, "last": upto >= len(tables)}
            words = msgspec.json.encode(form | part).decode()
            shown = printable(words)
            lacking = lacking or shown != words
            typeset = Pdf.open(
                BytesIO(
                    typst.compile(
                        _FOLDER / "form10.typ",
                        font_paths=fonts,
                        sys_inputs={"form": shown, "note": NOTE if lacking else ""},
                        pdf_standards="ua-1",
                        timestamp=0,
                    )
                )
            )
            pages += len(typeset.pages)
            if joined is not None:
                joined.result()
            joined = joining.submit(written.add, typeset)
            if upto < len(tables):
                for _ in range(_REMEMBERED):
                    typst.compile(b"", font_paths=fonts)
            progress(_TYPESET * min(1.0, upto / len(tables)))
    assert joined is not None, "a report has a table, if an empty one"
    joined.result()
    file = written.write()
    progress(1.0)
    return file


def _tables(rows: Iterable[Heading | Cells]) -> Iterator[_Table]:
    """The rows in tables that each begin on a page of their own, below the headings that hold there. One at least."""
    now: _Table = []
    above: list[Heading] = []
    for row in rows:
        if isinstance(row, Heading):
            above = [one for one in above if one.level < row.level]
        if len(now) >= _ROWS_A_TABLE and isinstance(now[-1], Cells):
            yield now
            now = [*above]
        if isinstance(row, Heading):
            above.append(row)
        now.append(row)
    yield now
