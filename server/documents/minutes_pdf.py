"""Minutes and notices as PDFs, typeset by typst: tagged for screen readers (PDF/UA-1), with their fonts inside.

The fonts are the product's own, and no others are looked at, so the same document gives the same bytes on every machine.
"""

from pathlib import Path

import msgspec
import typst

from server.documents.form10_words import MOTTO, NATION
from server.documents.glyphs import FONTS, NOTE, printable
from server.documents.minutes import Printed


def write_pdf(printed: Printed) -> bytes:
    """The file's bytes."""
    words = msgspec.json.encode({"nation": NATION, "motto": MOTTO, "front": printed}).decode()
    shown = printable(words)
    return typst.compile(
        Path(__file__).parent / "minutes.typ",
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"form": shown, "note": NOTE if shown != words else ""},
        pdf_standards="ua-1",
        timestamp=0,
    )
