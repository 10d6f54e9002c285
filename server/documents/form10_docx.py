"""Form 10 as a Word file: WordprocessingML written directly, for a table of ten thousand rows takes a general library a minute.

Everything that could differ between two runs is fixed (order and times of the zip's entries, ids), so the same report gives the same
bytes. Measures are in twentieths of a point, sizes of type in half points (ISO/IEC 29500-1).
"""

import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from consultations.report import Report
from server.documents.form10_words import (
    COLUMNS,
    MOTTO,
    NATION,
    RESULTS,
    TITLE,
    Cells,
    Count,
    Front,
    Heading,
    front,
    table,
)  # fmt: skip

_MM = 1440 / 25.4
_PAGE = (round(297 * _MM), round(210 * _MM))
_TOP, _LEFT, _RIGHT = round(20 * _MM), round(30 * _MM), round(15 * _MM)
_WIDTH = _PAGE[0] - _LEFT - _RIGHT
_WIDTHS = (round(42 * _MM), round(44 * _MM), round(83 * _MM), round(83 * _MM))
_HALVES = (round(105 * _MM), round(147 * _MM))

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_ROWS_A_STEP = 100

_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>\
<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>\
<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>\
<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>\
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\
</Types>"""

_PACKAGE_LINKS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/>\
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>\
</Relationships>"""

_FONT = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>'
_STYLES = f"""{_XML}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>{_FONT}<w:sz w:val="26"/><w:szCs w:val="26"/>\
<w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>\
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>\
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/>\
<w:pPr><w:keepNext/><w:jc w:val="center"/></w:pPr><w:rPr><w:b/><w:sz w:val="28"/><w:szCs w:val="28"/></w:rPr></w:style>\
<w:style w:type="paragraph" w:styleId="Body"><w:name w:val="Body Text"/><w:basedOn w:val="Normal"/>\
<w:pPr><w:spacing w:before="100" w:after="0"/><w:ind w:firstLine="567"/><w:jc w:val="both"/></w:pPr></w:style>\
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>\
<w:pPr><w:keepNext/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>\
<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/>\
<w:pPr><w:keepNext/><w:outlineLvl w:val="1"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>\
<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:u w:val="single"/></w:rPr></w:style>\
</w:styles>"""

_SETTINGS = (
    f'{_XML}<w:settings xmlns:w="{_W}"><w:zoom w:percent="100"/><w:themeFontLang w:val="vi-VN"/>'
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    "</w:settings>"
)

_HEADER = (
    f'{_XML}<w:hdr xmlns:w="{_W}"><w:p><w:pPr><w:jc w:val="center"/></w:pPr>'
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>'
)


def write_docx(report: Report, progress: Callable[[float], None]) -> bytes:
    """The file's bytes. ``progress`` hears of the share done, 0 to 1; what it raises ends the writing."""
    around, links = front(report), _Links()
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:

        def add(name: str, content: str) -> None:
            with package.open(_entry(name), "w") as entry:
                entry.write(content.encode())

        add("[Content_Types].xml", _TYPES)
        add("_rels/.rels", _PACKAGE_LINKS)
        add("docProps/core.xml", _core(around))
        add("word/styles.xml", _STYLES)
        add("word/settings.xml", _SETTINGS)
        add("word/header1.xml", _HEADER)
        with package.open(_entry("word/document.xml"), "w") as entry:
            entry.write(f'{_XML}<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>{_front(around)}{_table_start()}'.encode())
            rows = 0
            for row in table(report):
                entry.write((_heading(row) if isinstance(row, Heading) else _cells(row, links)).encode())
                rows += isinstance(row, Cells)
                if rows % _ROWS_A_STEP == 0:
                    progress(rows / (report.rows + 1))
            entry.write(f"</w:tbl>{_signatures(around)}{_SECTION}</w:body></w:document>".encode())
        add("word/_rels/document.xml.rels", links.part())
    progress(1.0)
    return written.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0  # else it tells which system wrote it
    return entry


class _Links:
    """The addresses that the document leads to, each once, in the order of their first use."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def id(self, address: str) -> str:
        return self._ids.setdefault(address, f"rLink{len(self._ids) + 1}")

    def part(self) -> str:
        outer = (
            f'<Relationship Id="{id}" Type="{_R}/hyperlink" Target={quoteattr(address)} TargetMode="External"/>'
            for address, id in self._ids.items()
        )
        return (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rStyles" Type="{_R}/styles" Target="styles.xml"/>'
            f'<Relationship Id="rSettings" Type="{_R}/settings" Target="settings.xml"/>'
            f'<Relationship Id="rHeader" Type="{_R}/header" Target="header1.xml"/>{"".join(outer)}</Relationships>'
        )


def _core(around: Front) -> str:
    title = escape(f"{' '.join(TITLE)} {around.subject}")
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:creator>{escape(around.agency)}</dc:creator><dc:language>vi-VN</dc:language></cp:coreProperties>"
    )


# --- pieces ------------------------------------------------------------------------------------------------------------


def _run(text: str, format: str = "") -> str:
    properties = f"<w:rPr>{format}</w:rPr>" if format else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _paragraph(runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>" if properties else f"<w:p>{runs}</w:p>"


def _cell(width: int, content: str, properties: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{content or "<w:p/>"}</w:tc>'


_CENTRED = '<w:jc w:val="center"/>'
_BOLD = "<w:b/>"


def _size(points: int, more: str = "") -> str:
    return f'{more}<w:sz w:val="{2 * points}"/><w:szCs w:val="{2 * points}"/>'


def _rule(length: int, within: int) -> str:
    """A line of this length in the middle: the upper border of an empty paragraph between indents."""
    indent = max(0, (within - length) // 2)
    return _paragraph(
        "",
        '<w:pBdr><w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr><w:spacing w:before="40" w:after="0" w:line="120"'
        f' w:lineRule="exact"/><w:ind w:left="{indent}" w:right="{indent}"/>',
    )


def _length(text: str, points: int) -> int:
    """About how long bold text is, at most a line of the head."""
    return min(round(len(text) * points * 20 * (0.7 if text.isupper() else 0.46)), _HALVES[0] - 400)


def _plain_table(widths: Iterable[int], rows: str) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{rows}</w:tbl>"
    )


def _borders() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    return "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides)


def _ruled_table(widths: Iterable[int], caption: str) -> str:
    """The beginning of a table with lines, up to its rows."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_WIDTH}" w:type="dxa"/><w:tblBorders>{_borders()}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="85" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>'
        '<w:right w:w="85" w:type="dxa"/></w:tblCellMar><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        f' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val={quoteattr(caption)}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )


# --- the form ----------------------------------------------------------------------------------------------------------


def _front(around: Front) -> str:
    left, right = _HALVES
    parent = _paragraph(_run(around.parent_agency, _size(13)), _CENTRED) if around.parent_agency else ""
    agency = _paragraph(_run(around.agency, _size(13, _BOLD)), _CENTRED) + _rule(_length(around.agency, 13) * 2 // 5, left - 216)
    nation = _paragraph(_run(NATION, _size(13, _BOLD)), _CENTRED) + _paragraph(_run(MOTTO, _size(14, _BOLD)), _CENTRED)
    number = _paragraph(_run(around.number, _size(13)), '<w:spacing w:before="60"/>' + _CENTRED)
    day = _paragraph(_run(around.place_and_day, _size(14, "<w:i/>")), '<w:spacing w:before="60"/>' + _CENTRED)
    head = _plain_table(
        _HALVES,
        f"<w:tr>{_cell(left, parent + agency)}{_cell(right, nation + _rule(_length(MOTTO, 14), right - 216))}</w:tr>"
        f"<w:tr>{_cell(left, number)}{_cell(right, day)}</w:tr>",
    )
    title = "".join(
        _paragraph(_run(line), f'<w:pStyle w:val="Title"/><w:spacing w:before="{before}" w:after="0"/>')
        for line, before in zip(TITLE, (160, 0), strict=True)
    )
    subject = _paragraph(_run(around.subject, _size(14, _BOLD)), '<w:ind w:left="1134" w:right="1134"/>' + _CENTRED)
    basis = "".join(_paragraph(_run(words, "<w:i/>"), '<w:pStyle w:val="Body"/>') for words in around.basis)
    return (
        f"{head}{title}{subject}{_rule(min(_length(around.subject, 14) * 2 // 5, 3000), _WIDTH)}{basis}{_body(around.opening)}"
        f"{_body(around.asked)}{''.join(map(_count, around.counts))}{_body(RESULTS)}{_GAP}"
    )


def _body(text: str) -> str:
    return _paragraph(_run(text), '<w:pStyle w:val="Body"/>')


_GAP = _paragraph("", '<w:keepNext/><w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>')


def _count(count: Count) -> str:
    first = round(101 * _MM)
    others = (_WIDTH - first) // (len(count.heads) - 1)
    widths = [first, *[others] * (len(count.heads) - 1)]
    rows = [
        "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
        + "".join(
            _cell(width, _paragraph(_run(head, _BOLD), "<w:keepNext/>" + _CENTRED), '<w:vAlign w:val="center"/>')
            for width, head in zip(widths, count.heads, strict=True)
        )
    ]
    for place, (name, *figures) in enumerate(count.rows):
        together = "<w:keepNext/>" if place in (0, len(count.rows) - 2) else ""  # neither first nor last row stands alone
        cells = [_cell(first, _paragraph(_run(name), together))]
        cells += [_cell(others, _paragraph(_run(figure), together + '<w:jc w:val="right"/>')) for figure in figures]
        rows.append("<w:tr><w:trPr><w:cantSplit/></w:trPr>" + "".join(cells))
    caption = _paragraph(_run(count.caption, "<w:i/>"), '<w:keepNext/><w:spacing w:before="120" w:after="60"/>' + _CENTRED)
    return f"{caption}{_ruled_table(widths, count.caption)}{''.join(f'{row}</w:tr>' for row in rows)}</w:tbl>"


def _table_start() -> str:
    heads = "".join(
        _cell(width, _paragraph(_run(words, _BOLD), _CENTRED), '<w:vAlign w:val="center"/>')
        for width, words in zip(_WIDTHS, COLUMNS, strict=True)
    )
    return f"{_ruled_table(_WIDTHS, ' '.join(TITLE))}<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"


def _heading(row: Heading) -> str:
    content = _paragraph(_run(row.text), f'<w:pStyle w:val="Heading{row.level}"/>')
    cell = _cell(sum(_WIDTHS), content, '<w:gridSpan w:val="4"/>')
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"


def _cells(row: Cells, links: _Links) -> str:
    answer = [_paragraph(_run(line, "" if place else _BOLD)) for place, line in enumerate(row.answer)]
    if row.change and row.link:
        run = _run(row.change, '<w:rStyle w:val="Hyperlink"/>')
        answer.append(_paragraph(f'<w:hyperlink r:id="{links.id(row.link)}">{run}</w:hyperlink>'))
    elif row.change:
        answer.append(_paragraph(_run(row.change)))
    contents = (
        _paragraph(_run(row.place)),
        "".join(_paragraph(_run(line)) for line in row.who),
        "".join(_paragraph(_run(line)) for line in row.words),
        "".join(answer),
    )
    return f"<w:tr>{''.join(_cell(width, content) for width, content in zip(_WIDTHS, contents, strict=True))}</w:tr>"


def _signatures(around: Front) -> str:
    left, right = _HALVES
    together = "<w:keepNext/>"
    recipients = ""
    if around.recipients:
        recipients = _paragraph(_run("Nơi nhận:", _size(12, "<w:b/><w:i/>")), together)
        recipients += "".join(_paragraph(_run(f"- {one}", _size(11)), together) for one in around.recipients)
    titles = [line for line in (around.authority, around.signer) if line]
    signer = "".join(_paragraph(_run(line, _size(14, _BOLD)), together + _CENTRED) for line in titles)
    signer += _paragraph("", together) * 4 + _paragraph(_run(around.signer_name, _size(14, _BOLD)), _CENTRED)
    row = f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{_cell(left, recipients)}{_cell(right, signer)}</w:tr>"
    return _paragraph("", together) + _plain_table(_HALVES, row) + _END


_END = _paragraph("", '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>')
"""A document ends with a paragraph; this one is too low to need a page."""

_SECTION = (
    f'<w:sectPr><w:headerReference w:type="default" r:id="rHeader"/><w:pgSz w:w="{_PAGE[0]}" w:h="{_PAGE[1]}" w:orient="landscape"/>'
    f'<w:pgMar w:top="{_TOP}" w:right="{_RIGHT}" w:bottom="{_TOP}" w:left="{_LEFT}" w:header="567" w:footer="567" w:gutter="0"/>'
    '<w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>'
)
