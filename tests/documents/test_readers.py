"""From the bytes of each format to lines and tables: what is markup, what is words, what is set apart."""

import io
import zipfile

from consultations.blocks import Block, Line, Table
from consultations.tree import anchors, walk
from server.documents import import_document, read_document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def word_file(body: str, **parts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>")
        for name, part in parts.items():
            package.writestr(f"word/{name}.xml", part)
    return held.getvalue()


def word_blocks(body: str, **parts: str) -> list[Block]:
    return read_document("a.docx", word_file(body, **parts))


def p(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(f'<w:r>{run}</w:r>' for run in runs)}</w:p>"


def t(text: str) -> str:
    return f'<w:t xml:space="preserve">{text}</w:t>'


def texts(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Line)]


def test_the_runs_of_a_paragraph_of_word_are_joined() -> None:
    assert texts(word_blocks(p(t("Điều"), t(" 1. Phạm "), t("vi")))) == ["Điều 1. Phạm vi"]


def test_line_breaks_of_word_are_lines_of_one_paragraph() -> None:
    assert word_blocks(p(t("Chương I"), "<w:br/>", t("QUY ĐỊNH"))) == [Line("Chương I"), Line("QUY ĐỊNH", soft=True)]


def test_deleted_words_and_footnotes_of_word_are_set_apart() -> None:
    separator = f'<w:footnote w:id="-1" w:type="separator">{p(t("x"))}</w:footnote>'
    footnotes = f'<w:footnotes {W}>{separator}<w:footnote w:id="2">{p(t("Chú thích."))}</w:footnote></w:footnotes>'
    body = p(t("Còn "), "<w:footnoteReference w:id='2'/>", t("lại.")).replace(
        "</w:p>", "<w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del></w:p>"
    )
    assert word_blocks(body, footnotes=footnotes) == [Line("Còn lại."), Line("bỏ", apart="deleted"), Line("Chú thích.", apart="footnote")]


def test_inserted_words_links_and_fields_of_word_are_words() -> None:
    link = f"<w:hyperlink><w:r>{t('liên kết ')}</w:r></w:hyperlink>"
    body = f"<w:p><w:ins><w:r>{t('thêm ')}</w:r></w:ins>{link}<w:r><w:instrText>PAGE</w:instrText>{t('12')}</w:r></w:p>"
    assert texts(word_blocks(body)) == ["thêm liên kết 12"]


def test_text_boxes_of_word_are_read_once() -> None:
    box = f"<w:txbxContent>{p(t('Trong khung'))}</w:txbxContent>"
    body = p(t("Trước"), f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>")
    assert texts(word_blocks(body)) == ["Trước", "Trong khung"]


def test_tables_of_word_keep_their_cells_and_flatten_tables_within() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{p(t('c'))}</w:tc><w:tc>{p(t('d'))}</w:tc></w:tr></w:tbl>"
    body = f"<w:tbl><w:tr><w:tc>{p(t('a'))}{p(t('b'))}</w:tc><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    assert word_blocks(body) == [Table((("a\nb", "c d"),))]


def test_a_frame_of_one_cell_is_no_table() -> None:
    assert texts(word_blocks(f"<w:tbl><w:tr><w:tc>{p(t('Điều 1. Một'))}{p(t('Hai.'))}</w:tc></w:tr></w:tbl>")) == ["Điều 1. Một", "Hai."]


def test_a_sign_of_a_symbol_font_becomes_a_bullet() -> None:
    assert texts(word_blocks(p("<w:sym w:char='F0A7'/>", t(" một"), "<w:sym w:char='2022'/>"))) == ["• một•"]


def level(place: int, form: str, shown: str) -> str:
    return f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{shown}"/></w:lvl>'


LEVELS = level(0, "decimal", "Điều %1.") + level(1, "decimal", "%2.") + level(2, "lowerLetter", "%3)")
ABSTRACT = f'<w:abstractNum w:abstractNumId="7">{LEVELS}</w:abstractNum>'
NUMBERING = f'<w:numbering {W}>{ABSTRACT}<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>'


def numbered(text: str, place: int) -> str:
    return p(t(text), properties=f'<w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="3"/></w:numPr>')


def test_the_numbers_that_word_shows_without_writing_them_make_the_tree() -> None:
    body = "".join(
        [
            numbered("Phạm vi", 0),
            numbered("Gồm:", 1),
            numbered("Họp;", 2),
            numbered("Hỏi.", 2),
            numbered("Trừ:", 1),
            numbered("Mật.", 2),
            numbered("Hết", 0),
        ]
    )
    draft = import_document("a.docx", word_file(body, numbering=NUMBERING)).draft
    assert list(anchors(draft).values()) == [
        "dieu-1", "dieu-1-khoan-1", "dieu-1-khoan-1-diem-a", "dieu-1-khoan-1-diem-b", "dieu-1-khoan-2", "dieu-1-khoan-2-diem-a", "dieu-2",
    ]  # fmt: skip
    assert [node.heading or node.text for node in walk(draft)] == ["Phạm vi", "Gồm:", "Họp;", "Hỏi.", "Trừ:", "Mật.", "Hết"]


def test_a_style_can_number_and_can_be_a_heading() -> None:
    styles = (
        f'<w:styles {W}><w:style w:styleId="A"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
        '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
    )
    blocks = word_blocks(p(t("Phạm vi"), properties='<w:pStyle w:val="B"/>'), numbering=NUMBERING, styles=styles)
    assert blocks == [Line("Phạm vi", level=2, auto="Điều 1.")]


def test_emphasis_headings_quotations_and_tables_of_markdown_are_markup() -> None:
    blocks = read_document("a.md", "# **NGHỊ** ĐỊNH\n\n> *Ghi chú*\n\na `b` \\* &amp;\n**c**\n\n|x|**y**|\n|---|---|\n|1|2|\n".encode())
    assert blocks == [
        Line("NGHỊ ĐỊNH", level=1), Line("Ghi chú", quoted=True), Line("a b * &"), Line("c", soft=True), Table((("x", "y"), ("1", "2"))),
    ]  # fmt: skip


def test_numbers_dashes_links_footnote_signs_and_raw_html_of_markdown_stay_as_they_are() -> None:
    kept = [
        "1. Một",
        "- hai",
        "+ ba",
        "    bốn",
        "[năm](http://example.org)",
        "(*) sáu (*)",
        "bảy_tám_chín",
        "<b>mười</b>",
        "[a]: b",
        "```",
        "2 * 3 * 4",
    ]
    assert [text.strip() for text in texts(read_document("a.md", "\n\n".join(kept).encode()))] == [text.strip() for text in kept]


def test_metadata_and_tags_of_markdown_are_set_apart() -> None:
    assert read_document("a.md", "---\ntitle: x\n---\n### Điều 1. Một `[MỚI]`\n".encode()) == [
        Line("title: x", apart="front_matter"), Line("Điều 1. Một ", level=3), Line("[MỚI]", apart="note"),
    ]  # fmt: skip


def test_blocks_of_a_page_are_lines_and_inline_elements_are_not() -> None:
    page = (
        "<title>Trang</title><h2>Điều 1. <b>Phạm</b> vi</h2><p>Một\n hai<br>ba</p><div>bốn<blockquote>năm</blockquote></div>"
        "<script>x</script><!-- y -->"
    )
    assert read_document("a.html", page.encode()) == [
        Line("Trang", apart="front_matter"), Line("Điều 1. Phạm vi", level=2), Line("Một hai"), Line("ba", soft=True), Line("bốn"),
        Line("năm", quoted=True),
    ]  # fmt: skip


def test_tables_and_numbered_lists_of_a_page_are_read() -> None:
    page = "<table><tr><th>a<td>b<p>c</table><ol start=2><li>hai<li>ba</ol><ul><li>bốn</ul>"
    assert read_document("a.html", page.encode()) == [Table((("a", "b\nc"),)), Line("hai", auto="2."), Line("ba", auto="3."), Line("bốn")]


def test_lines_of_a_plain_text_go_on_where_empty_lines_separate_its_paragraphs() -> None:
    assert read_document("a.txt", b"a\nb\n\nc") == [Line("a"), Line("b", soft=True), Line("c")]
    assert read_document("a.txt", b"a\nb\nc") == [Line("a"), Line("b"), Line("c")]
