"""Laws of the importer on generated texts: whatever the lines, no word is lost, added or moved, and the tree is well formed."""

from hypothesis import given
from hypothesis import strategies as st

from consultations.blocks import Block, Imported, Line, Table
from consultations.legal import read_legal_text
from consultations.marks import in_sequence
from consultations.source import from_source, to_source
from consultations.tree import HEADED, RANK, Node, own_words, walk

SENTENCES = st.sampled_from(
    [
        "Phạm vi điều chỉnh", "QUY ĐỊNH CHUNG", "Nội dung thứ nhất;", "theo quy định tại khoản", "của Nghị định này.", "như sau:",
        "“Mở ngoặc", "đóng ngoặc”", "Căn cứ Luật;", "NGHỊ ĐỊNH", "Nơi nhận:", "TM. CHÍNH PHỦ", "thi hành./.", "(Kèm theo Quyết định)",
        "QUY CHẾ", "- 12 -", "ị", "- Lưu: VT.", "",
    ]
)  # fmt: skip
WORDED = st.sampled_from(["Điều", "Chương", "Mục", "Phụ lục", "Mẫu số", "Article"])
ANY_MARK = st.one_of(
    st.builds("{} {}{}".format, WORDED, st.sampled_from(["1", "2", "3", "I", "II"]), st.sampled_from([".", "", ":", " -"])),
    st.builds("{}{}".format, st.sampled_from(["1", "2", "3", "4", "9", "2a"]), st.sampled_from([".", ",", ")"])),
    st.builds("{})".format, st.sampled_from([*"abcdđe", ""])),
)
SPACES = st.sampled_from([" ", " ", " ", ""])
ROWS = st.lists(SENTENCES, min_size=1, max_size=2).map(tuple)
TABLES: st.SearchStrategy[Block] = st.builds(Table, st.lists(ROWS, min_size=1, max_size=2).map(tuple))


STEPS = st.sampled_from(["article", "clause", "clause", "point", "point", "words", "words", "any", "table"])


@st.composite
def texts(draw: st.DrawFn) -> list[Block]:
    """Lines of which most are what is due: the next article, clause or point, with words, tables and misplaced marks between them."""
    article = clause = point = 0
    blocks: list[Block] = []
    for step in draw(
        st.lists(st.sampled_from(["article", "clause", "clause", "point", "point", "words", "words", "any", "table"]), max_size=25)
    ):
        if step == "table":
            blocks.append(draw(TABLES))
            continue
        if step == "article":
            article, clause, point = article + 1, 0, 0
        elif step == "clause":
            clause, point = clause + 1, 0
        elif step == "point":
            point += 1
        due = {"article": f"Điều {article}.", "clause": f"{clause}.", "point": f"{'abcdđeghiklmnopqrstuvxy'[point % 23 - 1]})", "words": ""}
        mark = draw(ANY_MARK) if step == "any" else due[step]
        blocks.append(
            Line(
                mark + draw(SPACES) + draw(SENTENCES),
                level=draw(st.sampled_from([0, 0, 0, 3])) if step in ("article", "any") else 0,
                soft=draw(st.booleans()),
                apart=draw(st.sampled_from([None] * 9 + ["note"])) if step == "words" else None,
                quoted=draw(st.sampled_from([False] * 5 + [True])) if step == "words" else False,
            )
        )
    return blocks


def words_of(blocks: list[Block]) -> list[str]:
    lines = [[block.text] if isinstance(block, Line) else [cell for row in block.rows for cell in row] for block in blocks]
    return " ".join(line for part in lines for line in part).split()


def is_interleaving(whole: list[str], one: list[str], other: list[str]) -> bool:
    """Whether ``whole`` is made of the words of ``one`` and of ``other``, each in its order, and of nothing else."""
    reached = {0}
    for taken, word in enumerate(whole):
        reached = {place + 1 for place in reached if place < len(one) and one[place] == word} | {
            place for place in reached if taken - place < len(other) and other[taken - place] == word
        }
    return len(whole) == len(one) + len(other) and len(one) in reached


def words_kept(imported: Imported) -> list[str]:
    return " ".join(own_words(node) for node in walk(imported.draft)).split()


@given(texts())
def test_the_words_of_a_text_are_those_of_its_tree_and_those_left_out(blocks: list[Block]) -> None:
    imported = read_legal_text(blocks)
    assert is_interleaving(words_of(blocks), words_kept(imported), " ".join(piece.text for piece in imported.left_out).split())


@given(texts())
def test_every_tree_is_well_formed(blocks: list[Block]) -> None:
    imported = read_legal_text(blocks)
    nodes = list(walk(imported.draft))
    assert [node.id for node in nodes] == [f"n{place}" for place in range(1, len(nodes) + 1)]
    for node in nodes:
        assert all(RANK[child.kind] > RANK[node.kind] for child in node.children)
        assert node.kind in HEADED or not node.heading
        assert node.kind == "table" or not node.rows
    assert {piece.after for piece in imported.left_out} <= {None, *(node.id for node in nodes)}
    assert {doubt.node for doubt in imported.doubts} <= {None, *(node.id for node in nodes)}


@given(texts())
def test_every_imported_draft_can_be_corrected_as_text(blocks: list[Block]) -> None:
    draft = read_legal_text(blocks).draft
    assert from_source(to_source(draft)).draft == draft


@given(st.lists(st.one_of(st.none(), st.integers(1, 12).map(float), st.sampled_from([1.01, 2.04]))))
def test_numbers_chosen_as_written_always_rise(places: list[float | None]) -> None:
    last = 0.0
    for index, as_written in in_sequence(places).items():
        place = places[index] if as_written else float(int(last) + 1)
        assert place is not None
        assert last < place <= int(last) + 3
        last = place


@given(st.integers(0, 30))
def test_a_sequence_without_faults_is_chosen_whole(length: int) -> None:
    assert in_sequence([float(place + 1) for place in range(length)]) == dict.fromkeys(range(length), True)


def clause(number: int, points: int) -> list[str]:
    return [f"{number}. Khoản {number}:", *(f"{letter}) Điểm {letter};" for letter in "abcdđeghiklmn"[:points])]


@given(st.lists(st.lists(st.integers(0, 12), max_size=6), min_size=1, max_size=12))
def test_a_text_in_good_form_gives_exactly_its_articles_clauses_and_points(shape: list[list[int]]) -> None:
    lines = ["Chương I", "QUY ĐỊNH CHUNG"]
    for article, clauses in enumerate(shape, start=1):
        lines += [f"Điều {article}. Tên điều", "Nội dung mở đầu."]
        lines += [line for number, points in enumerate(clauses, start=1) for line in clause(number, points)]
    imported = read_legal_text(map(Line, lines))
    (chapter,) = imported.draft.nodes
    assert [[len(clause.children) for clause in article.children] for article in chapter.children] == shape
    assert imported.doubts == ()


def test_a_node_has_its_own_words_only() -> None:
    (article,) = read_legal_text(map(Line, ["Điều 1. Gồm", "Mở đầu:", "1. Một."])).draft.nodes
    assert isinstance(article, Node)
    assert own_words(article) == "Điều 1. Gồm\nMở đầu:"
