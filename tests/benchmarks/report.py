"""``python3 -m tests.benchmarks report``: form 10 of 10,000 opinions on 60 điều, as a Word file and as a PDF.

Each is written as the product writes it, in a process of its own, one after the other; the time is from the opinions to the last byte.
The Word file is then read back by python-docx and, where it is installed, by LibreOffice (minutes), and its rows and dispositions are
compared with the opinions. Beside the wall time stands
the processor time, for the machine may be doing other things; and how late the event loop was meanwhile.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path

import docx
from lxml import etree
from pypdf import PdfReader

from consultations.report import DISPOSITIONS, Opinion, Report, build
from server.documents.form10 import Format, Writer
from server.documents.form10_words import ANSWERS
from tests.peers.reported import COVER, many_opinions

OPINIONS, ARTICLES = 10_000, 60
GOALS = {"both_s": 20.0}
_TICK_S = 0.005
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def main() -> int:
    """Measure, print, and end with one line of JSON; 1 when a goal is missed."""
    opinions = many_opinions(OPINIONS, ARTICLES)
    began = time.perf_counter()
    report = build(COVER, opinions)
    build_s = time.perf_counter() - began
    print(f"built    {build_s:.2f} s, {report.rows:,} rows", flush=True)
    files: dict[Format, bytes] = {}
    measured: dict[str, dict[str, float]] = {}
    formats: tuple[Format, ...] = ("docx", "pdf")
    for format in formats:
        files[format], measured[format] = asyncio.run(written(report, format))
        print(f"{format:<9}{measured[format]}", flush=True)
    both_s = round(build_s + sum(one["wall_s"] for one in measured.values()), 1)
    holds = {"both_s": both_s <= GOALS["both_s"], "word_file_equals_opinions": same(rows_of_word(files["docx"]), opinions)}
    if shutil.which("soffice"):
        holds["in_libreoffice_too"] = same(rows_of_libreoffice(files["docx"]), opinions)
    figures = {
        "benchmark": "report",
        "opinions": OPINIONS,
        "articles": ARTICLES,
        "build_s": round(build_s, 2),
        **measured,
        "both_s": both_s,
        "both_cpu_s": round(build_s + sum(one["cpu_s"] for one in measured.values()), 1),
        "pages": len(PdfReader(BytesIO(files["pdf"])).pages),
        "goals": GOALS,
        "holds": holds,
    }
    print(json.dumps(figures))
    return 0 if all(holds.values()) else 1


async def written(report: Report, format: Format) -> tuple[bytes, dict[str, float]]:
    """The file and what it took: seconds, processor seconds, MiB at most, bytes, and how late the event loop was at worst."""
    late = asyncio.create_task(latest())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    file = await Writer().write(report, format, lambda share: None)
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    late.cancel()
    return file, {
        "wall_s": round(wall_s, 2),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "most_mib": after.ru_maxrss // 1024,
        "bytes": len(file),
        "loop_late_ms": round(1000 * await late, 1),
    }


async def latest() -> float:
    """How many seconds later than asked a sleep ended at worst, until cancelled."""
    worst = 0.0
    while True:
        due = time.perf_counter() + _TICK_S
        try:
            await asyncio.sleep(_TICK_S)
        except asyncio.CancelledError:
            return worst
        worst = max(worst, time.perf_counter() - due)


def rows_of_word(file: bytes) -> list[list[str]]:
    """The cells of each row of the great table, as python-docx reads them."""
    rows = docx.Document(BytesIO(file)).tables[3]._tbl.tr_lst
    return [["\n".join(words.text for words in cell.p_lst) for cell in row.tc_lst] for row in rows]


def rows_of_libreoffice(file: bytes) -> list[list[str]]:
    """The same, as LibreOffice reads them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.docx").write_bytes(file)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        argv = ["soffice", profile, "--headless", "--convert-to", "fodt", "--outdir", name, str(folder / "report.docx")]
        subprocess.run(argv, check=True, capture_output=True, timeout=900)
        read = etree.parse(folder / "report.fodt", etree.XMLParser(huge_tree=True))
    rows = list(read.iter(f"{_TABLE}table"))[3].iter(f"{_TABLE}table-row")
    return [
        ["\n".join("".join(line.itertext()) for line in cell.iter("{*}p", "{*}h")) for cell in row.iterchildren(f"{_TABLE}table-cell")]
        for row in rows
    ]


def same(rows: list[list[str]], opinions: list[Opinion]) -> bool:
    """Whether there is one row for each opinion (none of these is answered in a group), and each answer as often."""
    told = Counter((row[2], row[3].partition("\n")[0]) for row in rows[1:] if len(row) == 4)
    given = Counter((one.words, f"{ANSWERS[one.disposition]}.") for one in opinions if one.disposition in DISPOSITIONS)
    return told == given
