"""Laws on generated drafts: the editor's text gives back the draft, anchors are unique, walks agree."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from consultations.source import from_source, to_source
from consultations.tree import (
    HEADED,
    RANK,
    Draft,
    Kind,
    Node,
    anchors,
    articles,
    find,
    full_label,
    label,
    own_words,
    paths,
    search_key,
    walk,
)
from server.kernel.ids import NodeId

# Words that look like headings, signs of the editor's text, and letters that normalise.
TRICKY = [
    "Điều 5. Phạm vi", "1. Một", "a) Hai", "đ)", "Chương II", "CHƯƠNG III QUY ĐỊNH", "Mục 1. HỌP", "Phụ lục I", "Mẫu số 01",
    "[Khoản 3] {3.} ba",
    "[Đoạn > khoản]", "| a | b |", "\\ một", "{1.} hai", "Phần thứ nhất", "— h) vi phạm", ".2. hai", ") ba", "1.Một", "a)Hai", "Điều 3.Ba",
    "Ban hành.", "[Điều 1 không tên] {}x",
]  # fmt: skip
DEEPEST = max(RANK.values())
SIGNS = "aA đĐ1.2),|\\[]{}>n“”ếẶ-—:;%Ⅳ²"


def tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


words = st.one_of(st.sampled_from(TRICKY), st.text(SIGNS, max_size=20), st.text(max_size=12)).map(tidy)
lines = words.filter(bool)
markers = st.one_of(
    st.sampled_from(
        ["", "Điều 3.", "Điều 3", "1.", "3,", ".2.", "đ)", ")", "— h)", "Chương I —", "CHƯƠNG II", "Mục 1", "Phụ lục", "QUY CHẾ"]
    ),
    st.text("aIĐ1.) —", max_size=8).map(tidy),
)
numbers = st.sampled_from([None, "1", "2", "8", "19a", "I", "IV", "a", "d", "đ", "thứ nhất", "H"])
cells = st.lists(words, max_size=2).map(lambda parts: "\n".join(part for part in parts if part))


@st.composite
def nodes(draw: st.DrawFn, above: int) -> Node:
    kinds: list[Kind] = [kind for kind, rank in RANK.items() if rank > above]
    kind = draw(st.sampled_from(kinds))
    text = "" if kind == "table" else "\n".join(draw(st.lists(lines, max_size=3)))
    heading = draw(words) if kind in HEADED else ""
    marker = draw(markers)
    rows = tuple(draw(st.lists(st.lists(cells, max_size=3).map(tuple), max_size=3))) if kind == "table" else ()
    tight = bool(marker and (heading or text)) and kind not in ("preamble", "paragraph", "table") and draw(st.booleans())
    children = () if RANK[kind] == DEEPEST else tuple(draw(st.lists(nodes(RANK[kind]), max_size=2)))
    return Node(NodeId(""), kind, draw(numbers), marker, tight, heading, text, rows, children)


def numbered(roots: list[Node], title: str) -> Draft:
    """The draft with ids by reading order, as the importer gives them."""
    count = 0

    def named(node: Node) -> Node:
        nonlocal count
        count += 1
        place = NodeId(f"n{count}")
        children = tuple(named(child) for child in node.children)
        return Node(place, node.kind, node.number, node.marker, node.tight, node.heading, node.text, node.rows, children)

    return Draft(title, tuple(named(root) for root in roots))


drafts = st.builds(numbered, st.lists(nodes(-1), max_size=4), words)


@given(drafts)
def test_the_editors_text_gives_back_the_draft(draft: Draft) -> None:
    assert from_source(to_source(draft)).draft == draft


@given(st.text())
def test_every_text_of_an_editor_describes_a_draft(source: str) -> None:
    draft = from_source(source).draft
    assert from_source(to_source(draft)).draft == draft


@given(st.lists(st.one_of(lines, st.sampled_from(["[Bảng]", "[Điểm > điều] {}x", "[khoản 3]", "[Phụ lục > văn bản] H"]))).map("\n".join))
def test_every_text_with_an_editors_signs_describes_a_draft(source: str) -> None:
    draft = from_source(source).draft
    assert from_source(to_source(draft)).draft == draft


@given(drafts)
def test_anchors_are_unique_and_fit_into_an_address(draft: Draft) -> None:
    found = anchors(draft)
    assert set(found) == {node.id for node in walk(draft)}
    assert len(set(found.values())) == len(found)
    assert all(sign.isascii() and (sign.isalnum() or sign == "-") for anchor in found.values() for sign in anchor)


@given(drafts)
def test_every_node_is_found_by_its_id(draft: Draft) -> None:
    for path in paths(draft):
        assert find(draft, path[-1].id) == path
        assert label(path[-1]) in full_label(path)
    assert find(draft, NodeId("n0")) is None
    assert [node for node in walk(draft) if node.kind == "article"] == list(articles(draft))


@given(drafts)
def test_own_words_hold_all_words_of_a_node(draft: Draft) -> None:
    for node in walk(draft):
        own = own_words(node)
        for part in (node.marker, node.heading, node.text, *(cell for row in node.rows for cell in row)):
            assert part in own


def test_an_editor_corrects_a_misread_number_and_splits_a_clause() -> None:
    source = "Quyết định\n\nĐiều 1. Gồm\n1. Một.\n[Khoản 2] {7.} Hai. \n\\3. Ba.\n"
    read = from_source(source)
    assert [doubt.code for doubt in read.doubts] == ["number_misread"]
    corrected = from_source(source.replace("[Khoản 2] {7.}", "2.").replace("\\3.", "3."))
    assert corrected.doubts == ()
    assert [(node.number, node.text) for node in articles(corrected.draft)[0].children] == [("1", "Một."), ("2", "Hai."), ("3", "Ba.")]


def test_a_paragraph_behind_points_can_belong_to_their_clause() -> None:
    read = from_source("Quyết định\nĐiều 1. Gồm\n1. Gồm:\na) Một;\n[Đoạn > khoản]\nCác trường hợp khác thì không.\n2. Hết.").draft
    clause = articles(read)[0].children[0]
    assert [node.kind for node in clause.children] == ["point", "paragraph"]
    assert clause.children[1].text == "Các trường hợp khác thì không."


POINT = Node(NodeId("n4"), "point", "đ", "đ)", text="Điểm.")
CLAUSE = Node(NodeId("n3"), "clause", "2", "2.", text="Khoản:", children=(POINT,))
ARTICLE = Node(NodeId("n2"), "article", "7", "Điều 7.", heading="Bảy", children=(CLAUSE,))
CHAPTER = Node(NodeId("n1"), "chapter", "II", "Chương II", heading="HAI", children=(ARTICLE,))


def test_people_call_nodes_by_their_names() -> None:
    path = (CHAPTER, ARTICLE, CLAUSE, POINT)
    assert [label(node) for node in path] == ["Chương II", "Điều 7", "khoản 2", "điểm đ"]
    assert [label(node, "en") for node in path] == ["Chapter II", "Article 7", "clause 2", "point đ"]
    assert full_label(path) == "điểm đ khoản 2 Điều 7"
    assert full_label(path, "en") == "point đ, clause 2, Article 7"


def test_permalinks_name_the_article_and_what_is_in_it() -> None:
    found = anchors(Draft("", (CHAPTER,)))
    assert [found[node.id] for node in (CHAPTER, ARTICLE, CLAUSE, POINT)] == [
        "chuong-ii", "dieu-7", "dieu-7-khoan-2", "dieu-7-khoan-2-diem-dd",
    ]  # fmt: skip


def test_repeated_numbers_have_anchors_of_their_own() -> None:
    twice = Draft("", (Node(NodeId("n1"), "article", "1"), Node(NodeId("n2"), "article", "1"), Node(NodeId("n3"), "article", "1-2")))
    assert list(anchors(twice).values()) == ["dieu-1", "dieu-1-2", "dieu-1-2-2"]


def test_search_ignores_diacritics_and_case() -> None:
    assert search_key("Nghị  định TÀI SẢN mã hóa\u0301") == "nghi dinh tai san ma hoa"
    assert search_key("Đồng Ý") == search_key("dong y") == "dong y"
