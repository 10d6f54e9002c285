"""Form 10 as a Word file, written directly, for a table of ten thousand rows takes a general library a minute."""

from collections.abc import Callable
from io import BytesIO

from consultations.report import Report
from server.documents.form10_words import COLUMNS, RESULTS, TITLE, Cells, Count, Front, Heading, front, table
from server.documents.wordml import (
    BOLD,
    CENTRED,
    MM,
    TOGETHER,
    Links,
    Package,
    body,
    cell,
    end,
    head,
    length,
    paragraph,
    plain_table,
    recipients,
    rule,
    ruled_table,
    run,
    signature,
    size,
    start,
)

_PAGE = (round(297 * MM), round(210 * MM))
_TOP, _LEFT, _RIGHT = round(20 * MM), round(30 * MM), round(15 * MM)
_WIDTH = _PAGE[0] - _LEFT - _RIGHT
_WIDTHS = (round(42 * MM), round(44 * MM), round(83 * MM), round(83 * MM))
_HALVES = (round(105 * MM), round(147 * MM))

_ROWS_A_STEP = 100


def write_docx(report: Report, progress: Callable[[float], None]) -> bytes:
    """The file's bytes. ``progress`` hears of the share done, 0 to 1; what it raises ends the writing."""
    around, links = front(report), Links()
    written = BytesIO()
    package = Package(written, f"{' '.join(TITLE)} {around.subject}", around.agency)
    with package.document() as document:
        document.write(f"{start()}{_front(around)}{_table_start()}".encode())
        rows = 0
        for row in table(report):
            document.write((_heading(row) if isinstance(row, Heading) else _cells(row, links)).encode())
            rows += isinstance(row, Cells)
            if rows % _ROWS_A_STEP == 0:
                progress(rows / (report.rows + 1))
        document.write(f"</w:tbl>{_signatures(around)}{end(_PAGE, _TOP, _LEFT, _RIGHT)}".encode())
    package.close(links)
    progress(1.0)
    return written.getvalue()


# --- the form ----------------------------------------------------------------------------------------------------------


def _front(around: Front) -> str:
    above = head(_HALVES, around.parent_agency, around.agency, around.number, around.place_and_day)
    title = "".join(
        paragraph(run(line), f'<w:pStyle w:val="Title"/><w:spacing w:before="{before}" w:after="0"/>')
        for line, before in zip(TITLE, (160, 0), strict=True)
    )
    subject = paragraph(run(around.subject, size(14, BOLD)), '<w:ind w:left="1134" w:right="1134"/>' + CENTRED)
    basis = "".join(paragraph(run(words, "<w:i/>"), '<w:pStyle w:val="Body"/>') for words in around.basis)
    line = rule(min(length(around.subject, 14, _HALVES[0] - 400) * 2 // 5, 3000), _WIDTH)
    return (
        f"{above}{title}{subject}{line}{basis}{body(around.opening)}"
        f"{body(around.asked)}{''.join(map(_count, around.counts))}{body(RESULTS)}{_GAP}"
    )


_GAP = paragraph("", '<w:keepNext/><w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>')


def _count(count: Count) -> str:
    first = round(101 * MM)
    others = (_WIDTH - first) // (len(count.heads) - 1)
    widths = [first, *[others] * (len(count.heads) - 1)]
    rows = [
        "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
        + "".join(
            cell(width, paragraph(run(head, BOLD), "<w:keepNext/>" + CENTRED), '<w:vAlign w:val="center"/>')
            for width, head in zip(widths, count.heads, strict=True)
        )
    ]
    for place, (name, *figures) in enumerate(count.rows):
        together = "<w:keepNext/>" if place in (0, len(count.rows) - 2) else ""  # neither first nor last row stands alone
        cells = [cell(first, paragraph(run(name), together))]
        cells += [cell(others, paragraph(run(figure), together + '<w:jc w:val="right"/>')) for figure in figures]
        rows.append("<w:tr><w:trPr><w:cantSplit/></w:trPr>" + "".join(cells))
    caption = paragraph(run(count.caption, "<w:i/>"), '<w:keepNext/><w:spacing w:before="120" w:after="60"/>' + CENTRED)
    return f"{caption}{ruled_table(widths, count.caption)}{''.join(f'{row}</w:tr>' for row in rows)}</w:tbl>"


def _table_start() -> str:
    heads = "".join(
        cell(width, paragraph(run(words, BOLD), CENTRED), '<w:vAlign w:val="center"/>')
        for width, words in zip(_WIDTHS, COLUMNS, strict=True)
    )
    return f"{ruled_table(_WIDTHS, ' '.join(TITLE))}<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"


def _heading(row: Heading) -> str:
    content = paragraph(run(row.text), f'<w:pStyle w:val="Heading{row.level}"/>')
    over_all = cell(sum(_WIDTHS), content, '<w:gridSpan w:val="4"/>')
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{over_all}</w:tr>"


def _cells(row: Cells, links: Links) -> str:
    answer = [paragraph(run(line, "" if place else BOLD)) for place, line in enumerate(row.answer)]
    if row.change and row.link:
        led = run(row.change, '<w:rStyle w:val="Hyperlink"/>')
        answer.append(paragraph(f'<w:hyperlink r:id="{links.id(row.link)}">{led}</w:hyperlink>'))
    elif row.change:
        answer.append(paragraph(run(row.change)))
    contents = (
        paragraph(run(row.place)),
        "".join(paragraph(run(line)) for line in row.who),
        "".join(paragraph(run(line)) for line in row.words),
        "".join(answer),
    )
    return f"<w:tr>{''.join(cell(width, content) for width, content in zip(_WIDTHS, contents, strict=True))}</w:tr>"


def _signatures(around: Front) -> str:
    left, right = _HALVES
    signed = signature((around.authority, around.signer), around.signer_name)
    row = f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell(left, recipients(around.recipients))}{cell(right, signed)}</w:tr>"
    return paragraph("", TOGETHER) + plain_table(_HALVES, row)
