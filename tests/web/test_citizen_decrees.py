"""Real decrees on the citizens' page: every word of them, in order, each node at its permalink."""

from pathlib import Path

import pytest

from consultations.tree import anchors, own_words, walk
from server.documents import import_document
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId
from server.realtime.consulting import text_of
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.citizens import CitizenSite, parsed
from tests.worlds import open_world

DECREES = (
    "nghi-dinh-30-2020.docx",
    "nghi-dinh-30-2020.md",
    "nghi-dinh-137-2026.md",
    "nghi-dinh-284-2026.md",
)


def bare(words: str) -> str:
    """Words without white space, for pages put spaces and line breaks between what belongs together."""
    return "".join(words.split())


@pytest.mark.parametrize("name", DECREES)
async def test_a_decree_stands_on_the_page_whole_and_in_order(pool: Pool, real_data: Path, name: str) -> None:
    imported = import_document(name, (real_data / "legal" / name).read_bytes())
    world = await open_world(pool, published=False)
    site = CitizenSite(pool)
    editor = Viewer(world.people[0], grants=frozenset({Grant(Role.EDITOR, world.agency)}))
    await site.consulting.place_text(editor, CommandId(fresh_command()), world.consultation, text_of(imported, name, None))
    await pool.execute("update consultations set phase = 'open', opens_at = now(), closes_at = now() + interval '1 day'")
    async with site.browser() as browser:
        page = parsed((await browser.open("/lay-y-kien/mau")).text)
    fragments = anchors(imported.draft)
    nodes = list(walk(imported.draft))
    shown = [id for id in page.xpath("//div[@class='draft']//@id") if id in set(fragments.values())]
    assert shown == [fragments[node.id] for node in nodes]
    for aside in page.xpath("//div[@class='draft']//aside"):
        aside.drop_tree()
    for link in page.xpath("//a[@class='link-here']"):
        link.drop_tree()
    text = bare(page.xpath("//div[@class='draft']")[0].text_content())
    at = 0
    for node in nodes:
        words = bare(own_words(node))
        found = text.find(words, at)
        assert found >= 0, f"{fragments[node.id]}: {words[:80]}"
        at = found + len(words)
