"""Texts made ready for the page."""

from msgspec import to_builtins
from msgspec.structs import replace

from consultations.tree import Draft, Node, anchors
from server.kernel.ids import NodeId
from server.store import reading
from server.store.connection import Pool
from server.store.drafts import PlacedNode
from server.web.texts import Text, Texts, words_of
from tests.worlds import World, draft_of, open_world


async def read(pool: Pool, texts: Texts, world: World) -> Text:
    async with pool.acquire() as connection:
        listed = await reading.read_consultation(connection, world.slug)
        assert listed is not None
        return await texts.read(connection, listed)


def headings(text: Text) -> list[str]:
    return [block.heading for block in text.words["vi"].blocks[0].children]


async def test_a_published_text_is_read_once_and_a_draft_each_time(pool: Pool) -> None:
    texts = Texts()
    published, draft = await open_world(pool), await open_world(pool, slug="nhap", published=False)
    assert headings(await read(pool, texts, published)) == headings(await read(pool, texts, draft)) == ["Tên điều 1", "Tên điều 2"]
    [chapter] = draft_of(2).nodes
    renamed = Draft("", (replace(chapter, children=tuple(replace(one, heading="Tên khác") for one in chapter.children)),))
    await pool.execute("update versions set draft = $1", to_builtins(renamed))
    assert headings(await read(pool, texts, published)) == ["Tên điều 1", "Tên điều 2"]
    assert headings(await read(pool, texts, draft)) == ["Tên khác", "Tên khác"]


def test_a_translation_of_other_nodes_is_left_aside() -> None:
    draft, other = draft_of(2), draft_of(1)
    assert words_of(draft, other, [], anchors(draft))["en"].lang == "vi"
    assert words_of(draft, None, [], anchors(draft))["en"].lang == "vi"
    assert words_of(draft, replace(draft, title="In English"), [], anchors(draft))["en"].lang == "en"


def test_numbers_left_to_the_word_processor_are_written_out() -> None:
    point = Node(NodeId("p"), "point", "đ", text="một")
    article = Node(NodeId("a"), "article", "7", children=(Node(NodeId("c"), "clause", "2", children=(point,)),))
    draft = Draft("", (article,))
    [block] = words_of(draft, None, [], anchors(draft))["vi"].blocks
    assert (block.mark, block.children[0].mark, block.children[0].children[0].mark) == ("Điều 7.", "2.", "đ)")


def test_forms_in_an_annex_stand_below_it_as_places_of_their_own() -> None:
    forms = tuple(Node(NodeId(f"f{number}"), "form", str(number), heading=f"Mẫu {number}") for number in (1, 2))
    loose = Node(NodeId("x"), "paragraph", text="Danh mục")
    draft = Draft("", (Node(NodeId("a"), "annex", "I", children=(loose, *forms)),))
    placed = [PlacedNode(NodeId(node), NodeId(node), "") for node in ("a", "f1", "f2")]
    words = words_of(draft, None, placed, anchors(draft))["vi"]
    [annex] = words.blocks
    assert [child.node for child in annex.children] == ["x"]
    assert [child.node for child in annex.below] == ["f1", "f2"]
    assert words.listings[NodeId("f2")].choices == (("f2", words.labels[NodeId("f2")]),)
