"""Which nodes people may comment on, and where what they say is listed."""

from consultations.places import placed_nodes
from consultations.tree import Draft, Node
from server.kernel.ids import NodeId


def node(id: str, kind: str, number: str | None, *children: Node) -> Node:
    return Node(NodeId(id), kind, number, children=children)  # type: ignore[arg-type]


DRAFT = Draft(
    "Nghị định mẫu",
    (
        node("n1", "preamble", None),
        node(
            "n2",
            "chapter",
            "I",
            node("n3", "article", "1", node("n4", "clause", "1", node("n5", "point", "đ")), node("n6", "paragraph", None)),
        ),
        node("n7", "annex", "I", node("n8", "form", "1", node("n9", "table", None)), node("n10", "table", None)),
    ),
)


def test_a_point_is_listed_under_its_article_and_has_its_own_permalink() -> None:
    placed = {one.node: one for one in placed_nodes(DRAFT)}
    assert (placed[NodeId("n5")].place, placed[NodeId("n5")].anchor) == ("n3", "dieu-1-khoan-1-diem-dd")


def test_an_article_an_annex_and_a_form_list_what_is_said_of_themselves() -> None:
    assert [one.node for one in placed_nodes(DRAFT) if one.node == one.place] == ["n3", "n7", "n8"]


def test_a_table_is_listed_under_the_nearest_form_or_annex() -> None:
    places = {one.node: one.place for one in placed_nodes(DRAFT)}
    assert (places[NodeId("n9")], places[NodeId("n10")]) == ("n8", "n7")


def test_the_preamble_chapters_and_loose_paragraphs_are_not_spoken_of_by_themselves() -> None:
    assert [one.node for one in placed_nodes(DRAFT)] == ["n3", "n4", "n5", "n7", "n8", "n9", "n10"]
