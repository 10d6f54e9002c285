"""Contributions and versions on real PostgreSQL: threads, support, changed words, entries, numbers, and the way into the next version."""

import asyncio
from collections.abc import Sequence

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace

from consultations import commands as c
from consultations.contribution import Contribution
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused
from server.realtime.texts import Text
from server.store import contributions, drafts, lists, reading
from server.store.drafts import Placement
from tests.store.scene import Scene, new_id, open_scene
from tests.worlds import draft_of

CLAUSE = NodeId("n1.1")


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


async def say(scene: Scene, command: c.Contribute | c.Enter, *, other: bool = False) -> ContributionId:
    answer = await scene.consulting.speak(scene.other if other else scene.citizen, new_id(), scene.world.consultation, command)
    assert answer.contribution is not None
    return answer.contribution


async def test_a_thread_is_listed_with_its_opinion_and_counted_apart(scene: Scene) -> None:
    opinion = await say(scene, c.Contribute(CLAUSE, "Nên nói rõ hơn", "Người dân"))
    against = await say(scene, c.Contribute(None, "Không nên", "Người khác", parent=opinion, side="against"), other=True)
    await say(scene, c.Contribute(None, "Vì sao?", "Người dân", parent=against, side="for"))
    await say(scene, c.Contribute(None, "Nên", "Người khác", parent=opinion, side="for"), other=True)
    async with scene.world.pool.acquire() as connection:
        [row] = await lists.page(connection, scene.world.consultation, NodeId("n1"), "contested", lists.BEGINNING, 10)
        assert (row.id, row.replies, row.replies_for, row.replies_against) == (opinion, 2, 1, 1)
        threads = await lists.answers_to(connection, [opinion])
        assert {parent: [one.text for one in rows] for parent, rows in threads.items()} == {
            opinion: ["Không nên", "Nên"],
            against: ["Vì sao?"],
        }
        assert await reading.visible_totals(connection, scene.world.consultation) == {NodeId("n1"): 1}
    await scene.consulting.withdraw(scene.other, new_id(), against)
    async with scene.world.pool.acquire() as connection:
        [row] = await lists.page(connection, scene.world.consultation, NodeId("n1"), "newest", lists.BEGINNING, 10)
    assert (row.replies, row.replies_for, row.replies_against) == (1, 1, 0)
    await scene.check_replay()


async def test_one_person_supports_once_however_often_at_once_and_takes_it_back(scene: Scene) -> None:
    opinion = await scene.contributed()
    said = await asyncio.gather(*(scene.consulting.support(scene.other, opinion, True) for _ in range(20)))
    assert set(said) == {1}
    async with scene.world.pool.acquire() as connection:
        [row] = await lists.page(connection, scene.world.consultation, NodeId("n1"), "supported", lists.BEGINNING, 10)
        assert row.supports == 1
    assert await scene.consulting.support(scene.other, opinion, False) == 0
    with pytest.raises(Refused, match="not_allowed"):
        await scene.consulting.support(scene.citizen, opinion, True)


async def test_changed_words_leave_the_old_ones_readable_and_no_word_in_the_log(scene: Scene) -> None:
    suggesting = c.Contribute(CLAUSE, "Lý do đầu tiên", "Người dân", suggestion="Câu chữ đầu tiên", base="0" * 64, quote="khoản 1")
    opinion = await say(scene, suggesting)
    for number in (2, 3):
        await scene.consulting.change_own(scene.citizen, new_id(), c.Edit(opinion, f"Lý do {number}", f"Câu chữ {number}"))
    async with scene.world.pool.acquire() as connection:
        former = await contributions.former_words(connection, opinion)
        assert [(one.revision, one.text, one.suggestion) for one in former] == [
            (0, "Lý do đầu tiên", "Câu chữ đầu tiên"),
            (1, "Lý do 2", "Câu chữ 2"),
        ]
        assert await connection.fetchval("select count(*) from events where body::text ~ 'Lý do|Câu chữ'") == 0
        row = await reading.read_contribution(connection, opinion)
    assert row is not None and (row.text, row.suggestion, row.quote, row.revision) == ("Lý do 3", "Câu chữ 3", "khoản 1", 2)
    await scene.check_replay()


async def test_a_file_of_opinions_is_entered_once_and_counted_by_kind_and_channel(scene: Scene) -> None:
    entries = tuple(c.Entry(None, f"Ý kiến {n}", "Hộ dân", "front" if n else "citizen", "Hội nghị", f"phiếu {n}") for n in range(3))
    first = await scene.consulting.speak(scene.editor, new_id(), scene.world.consultation, c.Enter(entries, "imported"))
    again = await scene.consulting.speak(scene.editor, new_id(), scene.world.consultation, c.Enter(entries[:2], "imported"))
    assert len(first.contributions) == 3 and again.contributions == first.contributions[:2]
    await scene.contributed()
    async with scene.world.pool.acquire() as connection:
        counted = await lists.contributions_by_kind(connection, scene.world.consultation)
        assert [(one.kind, one.channel, one.number) for one in counted] == [
            ("citizen", "imported", 1),
            ("citizen", "online", 1),
            ("front", "imported", 2),
        ]
        assert counted == await lists.people_by_kind(connection, scene.world.consultation)
        assert await lists.totals_by_node(connection, scene.world.consultation) == {None: 3, CLAUSE: 1}
    with pytest.raises(Refused, match="not_allowed"):
        await scene.consulting.speak(scene.citizen, new_id(), scene.world.consultation, c.Enter(entries, "imported"))
    await scene.check_replay()


def next_text() -> Text:
    draft = draft_of(3)
    nodes = [drafts.PlacedNode(NodeId(f"n{n}"), NodeId(f"n{n}"), f"dieu-{n}") for n in (1, 2, 3)]
    return Text(
        drafts.Version(1, "moi.txt", msgspec.to_builtins(draft), [], [], None), nodes, [NodeId("n1"), NodeId("n2"), NodeId("n3")], []
    )


async def test_the_next_version_takes_every_contribution_along_and_changes_no_anchor(scene: Scene) -> None:
    moved, gone = await scene.contributed("Sẽ được chuyển"), await scene.contributed("Sẽ mất chỗ")
    answer = await say(scene, c.Contribute(None, "Đồng ý", "Người khác", parent=moved), other=True)
    whole = await say(scene, c.Contribute(None, "Về toàn văn", "Người dân"))

    def place(spoken: Sequence[Contribution]) -> list[Placement]:
        assert [one.id for one in spoken] == [moved, gone]
        return [
            Placement(moved, "moved", NodeId("n3"), NodeId("n3"), False),
            Placement(gone, "removed", None, None, False),
        ]

    predecessors = {NodeId("n3"): [NodeId("n1")], NodeId("n1"): [NodeId("n1"), NodeId("n2")]}
    placing = scene.consulting.place_version(scene.editor, new_id(), scene.world.consultation, 2, next_text(), predecessors, place)
    assert (await placing).consultation == scene.world.consultation
    async with scene.world.pool.acquire() as connection:
        rows = await reading.read_contributions(connection, [moved, gone, answer, whole])
        assert {id: (row.here, row.place, row.first_node, row.version) for id, row in rows.items()} == {
            moved: ("moved", "n3", CLAUSE, 1),
            gone: ("removed", None, CLAUSE, 1),
            answer: ("moved", "n3", CLAUSE, 1),
            whole: ("original", None, None, 1),
        }
        assert await reading.visible_totals(connection, scene.world.consultation) == {NodeId("n3"): 1, None: 1}
        assert await lists.total_gone(connection, scene.world.consultation) == 1
        [listed] = await lists.page(connection, scene.world.consultation, "gone", "newest", lists.BEGINNING, 10)
        assert listed.id == gone
        assert (await reading.newest_by_place(connection, scene.world.consultation, 5)).keys() == {NodeId("n3"), None}
        assert (await drafts.placements_of(connection, moved))[2].place == "n3"
        assert await drafts.read_predecessors(connection, scene.world.consultation, 2) == predecessors
        old = await drafts.read_questions(connection, scene.world.consultation, 1)
        new = await drafts.read_questions(connection, scene.world.consultation)
        states = await connection.fetch("select version, state from questions group by 1, 2 order by 1")
    assert (len(old), len(new)) == (2, 3) and [tuple(row) for row in states] == [(1, "closed"), (2, "open")]
    with pytest.raises(Refused, match="text_changed"):
        await scene.contribute()
    await scene.check_replay()


async def test_a_version_is_not_placed_by_half(scene: Scene) -> None:
    await scene.contributed()
    with pytest.raises(AssertionError, match="every contribution"):
        await scene.consulting.place_version(scene.editor, new_id(), scene.world.consultation, 2, next_text(), {}, lambda spoken: [])
    async with scene.world.pool.acquire() as connection:
        assert [number for number, _, _ in await drafts.list_versions(connection, scene.world.consultation)] == [1]
    await scene.check_replay()


async def test_counts_equal_a_recount_whatever_happened(scene: Scene) -> None:
    ids = [await scene.contributed(f"Ý kiến {number}") for number in range(4)]
    await scene.consulting.withdraw(scene.citizen, new_id(), ids[0])
    for ruling in (c.Rule(ids[1], "hide", "insult", "Xúc phạm"), c.Rule(ids[2], "hide", "insult", "Xúc phạm")):
        await scene.consulting.rule(scene.moderator, new_id(), ruling)
    await scene.consulting.rule(scene.moderator, new_id(), replace(ruling, ruling="restore"))
    async with scene.world.pool.acquire() as connection:
        assert await reading.visible_total(connection, scene.world.consultation, NodeId("n1")) == 2
        recount = "select count(*) from contributions where state = 'visible' and parent is null"
        assert await connection.fetchval("select sum(contributions) from counts") == await connection.fetchval(recount)
