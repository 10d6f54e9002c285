"""Markdown, read for its words: headings, emphasis, quotations and tables are markup, everything else stays as it is written.

Numbered lists, links and raw HTML stay verbatim on purpose: ``1.`` and ``-`` are words of a legal text, and an address must not be lost.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from consultations.blocks import Block, Line, Table
from server.documents.limits import bad_document

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_LONGEST_PARAGRAPH = 400_000
"""In characters. The time to read a paragraph of hostile emphasis or code spans grows with its square."""
_DEEP = re.compile(r"^[ \t]*(?:>[ \t]*){20}", re.MULTILINE)

_PARSER = MarkdownIt("zero", {"maxNesting": 100}).enable(
    ["heading", "hr", "blockquote", "table", "newline", "escape", "backticks", "emphasis", "entity"]
)


def read_markdown(text: str) -> list[Block]:
    """The lines and tables of a Markdown text. Metadata at the top and code spans in headings (tags) are set apart.

    Raises:
        Refused: ``bad_document`` with ``too_deep`` or ``too_large``.
    """
    if _DEEP.search(text):
        raise bad_document("too_deep")
    if max(map(len, text.split("\n\n"))) > _LONGEST_PARAGRAPH:
        raise bad_document("too_large", limit_characters=_LONGEST_PARAGRAPH)
    blocks: list[Block] = []
    if metadata := _FRONT_MATTER.match(text):
        blocks.append(Line(metadata[1], apart="front_matter"))
        text = text[metadata.end() :]
    # "(*)" marks a footnote; two of them in one paragraph would be read as emphasis and lost.
    tokens = _PARSER.parse(text.replace("(*)", r"(\*)"))
    depth = level = 0
    rows: list[list[str]] = []
    in_table = False
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type in ("blockquote_open", "blockquote_close"):
            depth += token.nesting
        elif token.type == "table_open":
            in_table, rows = True, []
        elif token.type == "table_close":
            in_table = False
            blocks.append(Table(tuple(tuple(row) for row in rows)))
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and in_table:
            rows[-1].append(" ".join(line for line, _ in _lines(token)))
        elif token.type == "inline":
            for place, (line, tags) in enumerate(_lines(token, keep_tags=not level)):
                blocks.append(Line(line, level=level, soft=place > 0, quoted=depth > 0))
                blocks.extend(Line(tag, apart="note") for tag in tags)
    return blocks


def _lines(token: Token, *, keep_tags: bool = True) -> list[tuple[str, list[str]]]:
    """The lines of one inline token, and the code spans of each line unless they are kept in it."""
    lines: list[tuple[str, list[str]]] = [("", [])]
    for child in token.children or ():
        line, tags = lines[-1]
        if child.type in ("softbreak", "hardbreak"):
            lines.append(("", []))
        elif child.type == "code_inline" and not keep_tags:
            tags.append(child.content)
        elif child.type in ("text", "text_special", "code_inline"):
            lines[-1] = (line + child.content, tags)
    return lines
