"""Word files written directly as WordprocessingML: what official documents share (Decree 30/2020, annex I).

Everything that could differ between two runs is fixed (order and times of the zip's entries, ids), so the same data give the same bytes.
Measures are in twentieths of a point, sizes of type in half points (ISO/IEC 29500-1).
"""

import zipfile
from collections.abc import Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from server.documents.form10_words import MOTTO, NATION

MM = 1440 / 25.4

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)

_TYPES = f"""{XML}<Types xmlns="{_PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>\
<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>\
<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>\
<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>\
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\
</Types>"""

_PACKAGE_LINKS = f"""{XML}<Relationships xmlns="{_PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/>\
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>\
</Relationships>"""

_FONT = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>'
_STYLES = f"""{XML}<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>{_FONT}<w:sz w:val="26"/><w:szCs w:val="26"/>\
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
    f'{XML}<w:settings xmlns:w="{W}"><w:zoom w:percent="100"/><w:themeFontLang w:val="vi-VN"/>'
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    "</w:settings>"
)

_HEADER = (
    f'{XML}<w:hdr xmlns:w="{W}"><w:p><w:pPr><w:jc w:val="center"/></w:pPr>'
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>'
)


class Package:
    """A file in the making. Between making and closing it, its document is written to ``document()``."""

    def __init__(self, out: IO[bytes], title: str, agency: str) -> None:
        self._package = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._add("[Content_Types].xml", _TYPES)
        self._add("_rels/.rels", _PACKAGE_LINKS)
        self._add("docProps/core.xml", _core(title, agency))
        self._add("word/styles.xml", _STYLES)
        self._add("word/settings.xml", _SETTINGS)
        self._add("word/header1.xml", _HEADER)

    def document(self) -> IO[bytes]:
        """Where the one part that differs is written; it is closed before the package."""
        return self._package.open(_entry("word/document.xml"), "w")

    def close(self, links: "Links") -> None:
        """Puts in where the document leads to, and ends the file."""
        self._add("word/_rels/document.xml.rels", links.part())
        self._package.close()

    def _add(self, name: str, content: str) -> None:
        with self._package.open(_entry(name), "w") as entry:
            entry.write(content.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0  # else it tells which system wrote it
    return entry


class Links:
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
            f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rStyles" Type="{_R}/styles" Target="styles.xml"/>'
            f'<Relationship Id="rSettings" Type="{_R}/settings" Target="settings.xml"/>'
            f'<Relationship Id="rHeader" Type="{_R}/header" Target="header1.xml"/>{"".join(outer)}</Relationships>'
        )


def _core(title: str, agency: str) -> str:
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(agency)}</dc:creator><dc:language>vi-VN</dc:language></cp:coreProperties>"
    )


# --- pieces ------------------------------------------------------------------------------------------------------------


def run(text: str, format: str = "") -> str:
    """Words in one form of type."""
    properties = f"<w:rPr>{format}</w:rPr>" if format else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(runs: str, properties: str = "") -> str:
    """Runs that make a paragraph."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>" if properties else f"<w:p>{runs}</w:p>"


def cell(width: int, content: str, properties: str = "") -> str:
    """A cell of a table; ``content`` are paragraphs."""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{content or "<w:p/>"}</w:tc>'


CENTRED = '<w:jc w:val="center"/>'
BOLD = "<w:b/>"


def size(points: int, more: str = "") -> str:
    """The format of type of this size, and what else it has."""
    return f'{more}<w:sz w:val="{2 * points}"/><w:szCs w:val="{2 * points}"/>'


def rule(long: int, within: int) -> str:
    """A line of this length in the middle: the upper border of an empty paragraph between indents."""
    indent = max(0, (within - long) // 2)
    return paragraph(
        "",
        '<w:pBdr><w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr><w:spacing w:before="40" w:after="0" w:line="120"'
        f' w:lineRule="exact"/><w:ind w:left="{indent}" w:right="{indent}"/>',
    )


def length(text: str, points: int, most: int) -> int:
    """About how long bold text is, at most ``most``."""
    return min(round(len(text) * points * 20 * (0.7 if text.isupper() else 0.46)), most)


def plain_table(widths: Sequence[int], rows: str) -> str:
    """A table without lines."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{rows}</w:tbl>"
    )


def _borders() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    return "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides)


def ruled_table(widths: Sequence[int], caption: str) -> str:
    """The beginning of a table with lines, up to its rows."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{_borders()}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="85" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>'
        '<w:right w:w="85" w:type="dxa"/></w:tblCellMar><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        f' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val={quoteattr(caption)}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )


# --- what stands on every official document ----------------------------------------------------------------------------


def start() -> str:
    """The beginning of a document, up to its first paragraph."""
    return f'{XML}<w:document xmlns:w="{W}" xmlns:r="{_R}"><w:body>'


def head(halves: tuple[int, int], parent_agency: str, agency: str, number: str, place_and_day: str, points: int = 13) -> str:
    """Agency and number on the left, nation (in type of ``points``) and motto, place and day on the right."""
    left, right = halves
    most = left - 400
    parent = paragraph(run(parent_agency, size(points)), CENTRED) if parent_agency else ""
    named = paragraph(run(agency, size(points, BOLD)), CENTRED) + rule(length(agency, points, most) * 2 // 5, left - 216)
    nation = paragraph(run(NATION, size(points, BOLD)), CENTRED) + paragraph(run(MOTTO, size(points + 1, BOLD)), CENTRED)
    counted = paragraph(run(number, size(13)), '<w:spacing w:before="60"/>' + CENTRED)
    day = paragraph(run(place_and_day, size(points + 1, "<w:i/>")), '<w:spacing w:before="60"/>' + CENTRED)
    return plain_table(
        halves,
        f"<w:tr>{cell(left, parent + named)}{cell(right, nation + rule(length(MOTTO, points + 1, right - 400), right - 216))}</w:tr>"
        f"<w:tr>{cell(left, counted)}{cell(right, day)}</w:tr>",
    )


def body(text: str) -> str:
    """A paragraph of running words."""
    return paragraph(run(text), '<w:pStyle w:val="Body"/>')


def recipients(those: Sequence[str]) -> str:
    """To whom it goes, as it stands on the left of the signature."""
    if not those:
        return ""
    listed = "".join(paragraph(run(f"- {one}", size(11)), TOGETHER) for one in those)
    return paragraph(run("Nơi nhận:", size(12, "<w:b/><w:i/>")), TOGETHER) + listed


def signature(titles: Sequence[str], name: str) -> str:
    """Room for a signature between who signs as what, and the name."""
    above = "".join(paragraph(run(line, size(14, BOLD)), TOGETHER + CENTRED) for line in titles if line)
    return above + paragraph("", TOGETHER) * 4 + paragraph(run(name, size(14, BOLD)), CENTRED)


TOGETHER = "<w:keepNext/>"
"""On one page with the next paragraph."""

_END = paragraph("", '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>')
"""A document ends with a paragraph; this one is too low to need a page."""


def end(page: tuple[int, int], top: int, left: int, right: int) -> str:
    """The end of a document, with the width and height of its pages and their margins; the first one has no number."""
    turned = ' w:orient="landscape"' if page[0] > page[1] else ""
    return (
        f'{_END}<w:sectPr><w:headerReference w:type="default" r:id="rHeader"/><w:pgSz w:w="{page[0]}" w:h="{page[1]}"{turned}/>'
        f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{top}" w:left="{left}" w:header="567" w:footer="567" w:gutter="0"/>'
        '<w:pgNumType w:start="1"/><w:titlePg/></w:sectPr></w:body></w:document>'
    )
