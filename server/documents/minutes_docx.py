"""Minutes and notices as Word files."""

from io import BytesIO

from server.documents.minutes import Line, Printed
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
    run,
    signature,
    size,
    start,
)

_PAGE = (round(210 * MM), round(297 * MM))
_TOP, _LEFT, _RIGHT = round(20 * MM), round(30 * MM), round(15 * MM)
_WIDTH = _PAGE[0] - _LEFT - _RIGHT
_HALVES = (round(68 * MM), round(97 * MM))
_EVEN = (_WIDTH // 2, _WIDTH - _WIDTH // 2)


def write_docx(printed: Printed) -> bytes:
    """The file's bytes."""
    written = BytesIO()
    package = Package(written, f"{printed.title} {printed.subject}", printed.agency)
    with package.document() as document:
        text = "".join(_line(line) for line in printed.lines)
        ending = end(_PAGE, _TOP, _LEFT, _RIGHT)
        document.write(f"{start()}{_front(printed)}{text}{_record(printed)}{_signatures(printed)}{ending}".encode())
    package.close(Links())
    return written.getvalue()


def _front(printed: Printed) -> str:
    above = head(_HALVES, printed.parent_agency, printed.agency, printed.number, printed.place_and_day, points=12)
    title = paragraph(run(printed.title), '<w:pStyle w:val="Title"/><w:spacing w:before="240" w:after="0"/>')
    subject = paragraph(run(printed.subject, size(14, BOLD)), '<w:ind w:left="567" w:right="567"/>' + CENTRED)
    line = rule(min(length(printed.subject, 14, _WIDTH) * 2 // 5, 3000), _WIDTH)
    return above + title + subject + line + paragraph("", '<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>')


def _line(line: Line) -> str:
    if line.level == 0:
        return body(line.text)
    style = f'<w:pStyle w:val="Heading{line.level}"/><w:spacing w:before="120" w:after="0"/><w:ind w:firstLine="567"/>'
    return paragraph(run(line.text), style)


def _record(printed: Printed) -> str:
    words = paragraph(run(printed.record, size(11, "<w:i/>")), '<w:spacing w:before="120" w:after="0"/>')
    return words if printed.record else ""


def _signatures(printed: Printed) -> str:
    right = signature(printed.right.title.split("\n"), printed.right.name)
    if printed.left is None:
        row = cell(_EVEN[0], recipients(printed.recipients)) + cell(_EVEN[1], right)
        return paragraph("", TOGETHER) + plain_table(_EVEN, _row(row))
    row = cell(_EVEN[0], signature(printed.left.title.split("\n"), printed.left.name)) + cell(_EVEN[1], right)
    return paragraph("", TOGETHER) + plain_table(_EVEN, _row(row)) + recipients(printed.recipients)


def _row(cells: str) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"
