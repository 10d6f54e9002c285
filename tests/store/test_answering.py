"""Appeals, rulings on many, and the agency's answers on real PostgreSQL."""

from datetime import date

import asyncpg
import pytest

from consultations import commands as c
from consultations.report import Cover
from server.kernel.ids import NodeId
from server.kernel.refused import Refused
from server.store import dispositions, lists, public_log, reading, reports
from server.store.reports import ReportFile
from tests.store.scene import Scene, new_id, open_scene


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


async def notices(scene: Scene) -> list[str]:
    rows = await scene.world.pool.fetch("select payload ->> 'what' as what from jobs where kind = 'consultation_notice' order by id")
    return [row["what"] for row in rows]


async def test_an_appeal_goes_to_another_account_and_everything_is_told(scene: Scene) -> None:
    hidden = await scene.contributed()
    await scene.consulting.rule(scene.moderator, new_id(), c.Rule(hidden, "hide", "insult", "Xúc phạm"))
    await scene.consulting.change_own(scene.citizen, new_id(), c.Appeal(hidden, "Tôi chỉ nêu sự việc"))
    async with scene.world.pool.acquire() as connection:
        [row] = await reading.open_appeals(connection, [scene.world.agency], 10)
        assert (row.id, row.appeal_reason, row.ruled_by) == (hidden, "Tôi chỉ nêu sự việc", scene.moderator.person)
        assert await connection.fetchval("select count(*) from events where body::text like '%nêu sự việc%'") == 0
    with pytest.raises(Refused, match="own_ruling"):
        await scene.consulting.moderate(scene.moderator, new_id(), c.DecideAppeal(hidden, True, "Đúng"))
    answer = await scene.consulting.moderate(scene.colleague, new_id(), c.DecideAppeal(hidden, True, "Đúng"))
    assert answer.state == "visible"
    assert await notices(scene) == ["hidden", "appealed", "appeal_granted"]
    async with scene.world.pool.acquire() as connection:
        assert await reading.visible_total(connection, scene.world.consultation, NodeId("n1")) == 1
        log = await public_log.read_log(connection, scene.world.consultation, public_log.NEWEST, 3)
    assert [line.what for line in log] == ["appeal_decided", "appealed", "ruled"]
    await scene.check_replay()


async def test_one_ruling_on_many_is_one_command(scene: Scene) -> None:
    ids = tuple([await scene.contributed(f"Ý kiến {number}") for number in range(3)])
    id = new_id()
    for _ in range(2):  # the second is a repeat
        await scene.consulting.moderate(scene.moderator, id, c.RuleMany(ids, "hide", "advertising", "Quảng cáo"))
    async with scene.world.pool.acquire() as connection:
        assert await reading.queue_counts(connection, None) == {"hidden": 3}
    assert await notices(scene) == ["hidden"] * 3
    await scene.check_replay()


async def test_answers_are_for_those_who_write_them_until_all_are_published_and_authors_are_told_once(scene: Scene) -> None:
    first, second = await scene.contributed("Ý kiến 1"), await scene.contributed("Ý kiến 2")
    third = (await scene.contribute("Ý kiến 3", viewer=scene.other)).contribution
    assert third is not None
    await scene.change(c.Dispose((first, second), "not_accepted", "Luật đã quy định"))
    await scene.change(c.Close("Có văn bản mới"))
    with pytest.raises(Refused, match="unanswered") as refused:
        await scene.change(c.PublishAnswers())
    assert refused.value.detail == {"count": 1, "contributions": [third]}
    async with scene.world.pool.acquire() as connection:
        assert await dispositions.count_outcomes(connection, scene.world.consultation) == {"not_accepted": 2, None: 1}
        [lacking] = await lists.page(connection, scene.world.consultation, NodeId("n1"), "unanswered", lists.BEGINNING, 10)
        assert lacking.id == third
        assert await dispositions.published_answers(connection, [first]) == {}
        in_hand = await dispositions.answers_in_hand(connection, [first, third])
        assert {id: one.outcome for id, one in in_hand.items()} == {first: "not_accepted"}
        assert await dispositions.answered_together(connection, in_hand[first].id) == [first, second]
    await scene.change(c.Dispose((third,), "accepted", ""))
    await scene.change(c.PublishAnswers())
    async with scene.world.pool.acquire() as connection:
        assert (await dispositions.published_answers(connection, [third]))[third].outcome == "accepted"
        people = await connection.fetch("select payload ->> 'person' as person from jobs where payload ->> 'what' = 'answered'")
        assert sorted(int(row["person"]) for row in people) == sorted([scene.world.people[0], scene.world.people[1]])
        [listed] = await reading.list_published(connection)
    assert listed.phase == "answered" and listed.answered_at is not None
    await scene.change(c.Archive())
    await scene.check_replay()


async def test_a_report_that_is_being_made_when_its_words_are_hidden_is_never_given(scene: Scene) -> None:
    here, cover = scene.world.consultation, Cover("Sở", "Nghị định", (date(2026, 9, 1), date(2026, 10, 1)), "GIÁM ĐỐC")
    first, second = await scene.contributed("Ý kiến 1"), await scene.contributed("Ý kiến 2")
    await scene.change(c.Dispose((first, second), "noted", ""))
    await scene.change(c.Close("Có văn bản mới"))
    await scene.change(c.PublishAnswers())
    file = (ReportFile("pdf", "0" * 64, 1), b"0")
    async with scene.world.pool.acquire() as connection:
        asked = await reports.ask(connection, here, cover)
        assert asked is not None and await reports.begin(connection, asked) is not None
        await scene.consulting.change_own(scene.citizen, new_id(), c.Withdraw(first))
        await reports.finish(connection, asked, [file])
        assert await reports.public_files(connection, here) == []
        newest = await reports.newest(connection, here)
        assert newest is not None and (newest.id > asked, newest.state, newest.cover) == (True, "waiting", cover)
        await reports.begin(connection, newest.id)
        await reports.finish(connection, newest.id, [file])
        await scene.consulting.rule(scene.moderator, new_id(), c.Rule(second, "hide", "insult", "Xúc phạm"))
        assert await reports.public_files(connection, here) == []
        assert await reports.read_bytes(connection, here, "0" * 64, "pdf", inside=False) is None
        assert await reports.read_bytes(connection, here, "0" * 64, "pdf", inside=True) == b"0"
        assert [one.id for one in await reports.hidden_since(connection, here, 10)] == [second]
