"""Erasing on real PostgreSQL: afterwards no table has the words, and every number is as it was."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from pathlib import Path

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace

from consultations import commands as c
from consultations.questions import Asked
from consultations.report import Cover, build
from server.erase_again import erased_again
from server.identity.keys import ERASED_CONTACT, Keys
from server.identity.viewer import Viewer
from server.jobs import erase_list
from server.kernel.ids import NodeId, PersonId, SessionId
from server.kernel.refused import Refused
from server.realtime.consulting import person_key
from server.realtime.erasing import Erasing
from server.realtime.flagging import Flagging
from server.realtime.following import Following
from server.realtime.votes import VoteWriter, voter_key
from server.store import (
    contributions,
    dispositions,
    erasing,
    flags,
    follows,
    identity,
    jobs,
    lists,
    open_data,
    public_log,
    reading,
    reports,
)
from server.store.erasing import Erased
from server.store.pool import open_pool
from server.store.reports import ReportFile
from server.web.counts import count_heard
from tests.peers.dump import back_up, dump, restore
from tests.peers.postgres import Database
from tests.store.scene import Scene, new_id, open_scene

CANARY = "hoàngyến"
"""Stands in every text of the person who demands to be erased, and in what others wrote about it."""
ADDRESS = f"{CANARY.encode('idna').decode()}@example.vn"
COVER = Cover("Sở", "Nghị định", (date(2026, 9, 1), date(2026, 10, 1)), "GIÁM ĐỐC")


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


async def test_no_text_of_it_is_found_in_a_dump_of_the_database(scene: Scene, database: Database) -> None:
    consulting, here = scene.consulting, scene.world.consultation
    said = c.Contribute(
        NodeId("n1.1"), f"Số của tôi: {CANARY}", f"Tên {CANARY}", suggestion=f"Lời khác {CANARY}", base="0" * 64, side="against"
    )
    one = (await consulting.speak(scene.citizen, new_id(), here, said)).contribution
    assert one is not None
    await consulting.change_own(scene.citizen, new_id(), c.Edit(one, f"Đã sửa {CANARY}", f"Câu chữ {CANARY}"))
    async with scene.world.pool.acquire() as connection:
        await flags.flag(connection, one, b"v" * 16, "insult", f"Người này viết {CANARY}")
    await consulting.rule(scene.moderator, new_id(), c.Rule(one, "hide", "insult", f"Không được nói {CANARY}"))
    await consulting.change_own(scene.citizen, new_id(), c.Appeal(one, f"Tôi chỉ nói {CANARY}"))
    await consulting.moderate(scene.colleague, new_id(), c.DecideAppeal(one, True, f"Nói {CANARY} là được"))
    assert CANARY in dump(database.owner_dsn)
    id = new_id()
    first = await consulting.change_own(scene.citizen, id, c.Erase(one))
    again = await consulting.change_own(scene.citizen, id, c.Erase(one))
    assert first == again and first.state == "visible"
    assert CANARY not in dump(database.owner_dsn)
    await scene.check_replay()
    async with scene.world.pool.acquire() as connection:
        row = await reading.read_contribution(connection, one)
        assert row is not None and (row.text, row.name, row.suggestion, row.state, row.side) == ("", "", None, "visible", "against")
        assert row.erased_at is not None
        assert await contributions.former_words(connection, one) == []
        assert await reading.visible_total(connection, here, NodeId("n1")) == 1
        [newest, *_] = await public_log.read_log(connection, here, public_log.NEWEST, 1)
    assert (newest.what, newest.detail) == ("erased", {"contribution": one})


async def test_the_answered_row_stays_in_the_report_and_no_file_keeps_the_words(scene: Scene, database: Database) -> None:
    here = scene.world.consultation
    first, second = await scene.contributed("Ý kiến 1"), (await scene.contribute("Ý kiến 2", viewer=scene.other)).contribution
    assert second is not None
    await scene.change(c.Dispose((first,), "not_accepted", "Luật đã quy định"))
    await scene.change(c.Dispose((second,), "accepted", ""))
    await scene.change(c.Close("Có văn bản mới"))
    async with scene.world.pool.acquire() as connection:
        early = await reports.ask(connection, here, COVER)
        assert early is not None and await reports.begin(connection, early) is not None
        await reports.finish(connection, early, [(ReportFile("docx", "1" * 64, 1), b"1")])
    await scene.change(c.PublishAnswers())
    async with scene.world.pool.acquire() as connection:
        asked = await reports.ask(connection, here, COVER)
        assert asked is not None and await reports.begin(connection, asked) is not None
        await reports.finish(connection, asked, [(ReportFile("pdf", "0" * 64, 1), b"0")])
        before = await dispositions.count_outcomes(connection, here), await open_data.read_margins(connection, here)
        await scene.consulting.change_own(scene.citizen, new_id(), c.Erase(first))
        assert (await dispositions.count_outcomes(connection, here), await open_data.read_margins(connection, here)) == before
        assert await connection.fetchval("select count(*) from report_files") == 0, "also of those that were never published"
        newest = await reports.newest(connection, here)
        assert newest is not None and (newest.state, newest.cover) == ("waiting", COVER)
        made = build(COVER, await reports.read_opinions(connection, here, ""))
    rows = [row for topic in made.opinions.topics for row in topic.rows]
    assert made.opinions.total == 2 and made.opinions.dispositions["not_accepted"] == 1
    [gone] = [row for row in rows if row.disposition == "not_accepted"]
    assert "xóa theo yêu cầu" in gone.words and gone.contributors[0].name == "Người góp ý" and gone.explanation == "Luật đã quy định"


async def test_moderators_have_nothing_to_look_at_any_more_and_copies_are_not_made_of_nothing(scene: Scene) -> None:
    one, two = await scene.contributed("Ý kiến 1"), await scene.contributed("Ý kiến 2")
    for id in (one, two):
        await scene.consulting.change_own(scene.citizen, new_id(), c.Erase(id))
    async with scene.world.pool.acquire() as connection:
        assert await reading.queue_counts(connection, None) == {}
        assert await reading.moderation_queue(connection, None, "visible", None, None, 10) == []
        assert await lists.texts_in(connection, scene.world.consultation, "visible") == []
        listed = await lists.page(connection, scene.world.consultation, NodeId("n1"), "newest", lists.BEGINNING, 10)
    assert [row.id for row in listed] == [two, one]
    with pytest.raises(Refused, match="already"):
        await scene.consulting.rule(scene.moderator, new_id(), c.Rule(one, "hide", "insult", "Xúc phạm"))


async def test_the_application_changes_no_reason_of_what_was_not_erased(scene: Scene) -> None:
    one = await scene.contributed()
    await scene.consulting.rule(scene.moderator, new_id(), c.Rule(one, "hide", "insult", "Xúc phạm"))
    await scene.world.pool.execute("select erase_reasons($1)", one)
    assert await scene.world.pool.fetchval("select body ->> 'reason' from events where type = 'ruled'") == "Xúc phạm"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await scene.world.pool.execute("update events set body = '{}'")


# --- the whole account -------------------------------------------------------------------------------------------------


async def furnished(scene: Scene) -> PersonId:
    """Somebody who has done everything that a citizen can do, each with the canary in it where there are words."""
    pool, consulting, here = scene.world.pool, scene.consulting, scene.world.consultation
    async with pool.acquire() as connection:
        person = await identity.find_or_add_person(connection, ADDRESS, f"Tên {CANARY}")
        await identity.add_session(connection, b"s" * 32, person, f"Máy của {CANARY}")
        await follows.follow(connection, person, here, None, None, "daily", "vi")
    me = Viewer(person)
    one = (await scene.contribute(f"Lời {CANARY}", viewer=me)).contribution
    another = (await scene.contribute("Lời của người khác", viewer=scene.other)).contribution
    assert one is not None and another is not None
    await consulting.change_own(me, new_id(), c.Edit(one, f"Lời khác {CANARY}"))
    await consulting.support(me, another, True)
    async with pool.acquire() as connection:
        await flags.flag(connection, another, voter_key(scene.world.secret, person), "insult", f"Báo {CANARY}")
    await scene.change(c.AddPoll(Asked("text", "Vì sao?")))
    poll = await pool.fetchval("select max(id) from questions")
    await scene.change(c.OpenPoll(poll))
    await consulting.respond(me, poll, (), f"Vì {CANARY}")
    writer = VoteWriter(pool, lambda consultation, questions: None)
    writer.start()
    await writer.cast(person, new_id(), scene.world.questions[0], 1)
    await writer.stop()
    return person


def erasing_of(scene: Scene, ended: list[SessionId] | None = None) -> Erasing:
    async def tell(sessions: Iterable[SessionId]) -> None:
        (ended if ended is not None else []).extend(sessions)

    return Erasing(scene.world.pool, Keys(b"k" * 32), lambda consultation, events: None, tell)


def mark_of(email: str) -> bytes:
    return Keys(b"k" * 32).subject(ERASED_CONTACT, email)


async def numbers(scene: Scene) -> object:
    """What is published of the consultation, but for words."""
    async with scene.world.pool.acquire() as connection:
        here = scene.world.consultation
        return (
            await open_data.read_margins(connection, here),
            await connection.fetch("select question, choice, people from tallies order by 1, 2"),
            await connection.fetch("select id, supports, replies from contributions order by 1"),
            await reading.count_voters_and_answers(connection, here),
            await count_heard(connection, here, await reading.count_contributors(connection, here)),
        )


async def test_of_an_erased_account_nothing_is_found_in_a_dump_and_every_number_is_as_it_was(scene: Scene, database: Database) -> None:
    person, ended = await furnished(scene), list[SessionId]()
    before, me = await numbers(scene), Viewer(person)
    assert CANARY in dump(database.owner_dsn)
    await erasing_of(scene, ended).erase_account(me)
    assert await numbers(scene) == before and len(ended) == 1
    [letter] = await scene.world.pool.fetch("select id, payload from jobs where kind = 'mail' and state = 'waiting'")
    assert letter["payload"]["letter"] == "account_erased"
    await jobs.end_job(scene.world.pool, letter["id"])  # it has gone out
    found = dump(database.owner_dsn)
    assert CANARY not in found and CANARY.encode("idna").decode() not in found
    assert voter_key(scene.world.secret, person).hex() not in found, "who voted is known by nothing that can be made from a person's number"
    assert person_key(person).hex() not in found
    with pytest.raises(Refused, match="sign_in_needed"):
        await erasing_of(scene).erase_account(me)
    await scene.check_replay()


async def test_all_of_it_is_one_transaction(scene: Scene, database: Database) -> None:
    person = await furnished(scene)
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("revoke delete on contacts from app")  # one of the last things that are done
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await erasing_of(scene).erase_account(Viewer(person))
    finally:
        await owner.execute("grant delete on contacts to app")
        await owner.close()
    async with scene.world.pool.acquire() as connection:
        assert await identity.read_contact(connection, person) is not None
        assert await connection.fetchval("select count(*) from contributions where erased_at is not null") == 0
        assert await connection.fetchval("select count(*) from votes where voter = $1", voter_key(scene.world.secret, person)) == 1


async def test_what_was_let_in_before_the_erasure_and_comes_after_it_is_refused(scene: Scene) -> None:
    person, consulting, here, pool = await furnished(scene), scene.consulting, scene.world.consultation, scene.world.pool
    another, before, me = await scene.contributed(), await numbers(scene), Viewer(person)
    poll = await pool.fetchval("select max(id) from questions")
    writer = VoteWriter(pool, lambda consultation, questions: None)
    writer.start()
    await erasing_of(scene).erase_account(me)
    late: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: writer.cast(person, new_id(), scene.world.questions[0], 0),  # voted on before: it would count twice
        lambda: writer.cast(person, new_id(), scene.world.questions[1], 0),
        lambda: consulting.respond(me, poll, (), f"Muộn {CANARY}"),
        lambda: consulting.support(me, another, True),
        lambda: consulting.open_text(me, here),
        lambda: Flagging(pool).flag(me, another, "insult", f"Muộn {CANARY}"),
        lambda: Following(pool, Keys(b"k" * 32)).follow(me, here),
        lambda: scene.contribute(f"Muộn {CANARY}", viewer=me),
    )
    for write in late:
        with pytest.raises(Refused, match="sign_in_needed"):
            await write()
    assert await numbers(scene) == before
    await writer.cast(scene.world.people[0], new_id(), scene.world.questions[1], 0)  # nobody else is refused
    await writer.stop()
    await scene.check_replay()


async def test_whoever_took_a_role_on_meanwhile_is_not_erased(scene: Scene) -> None:
    person, pool = await furnished(scene), scene.world.pool
    await pool.execute("insert into grants (person, role, agency) select $1, 'editor', id from agencies limit 1", person)
    with pytest.raises(Refused, match="holds_a_role"):
        await erasing_of(scene).erase_account(Viewer(person))  # as it was let in
    assert await pool.fetchval("select email from contacts where person = $1", person) == ADDRESS


async def test_what_is_being_written_is_awaited_and_taken_along(scene: Scene) -> None:
    person, pool = await furnished(scene), scene.world.pool
    another, key = await scene.contributed(), voter_key(scene.world.secret, person)
    async with pool.acquire() as connection, connection.transaction():
        await erasing.hold_person(connection, person)
        erased = asyncio.create_task(erasing_of(scene).erase_account(Viewer(person)))
        await asyncio.sleep(0.2)
        await contributions.support(connection, another, key, True)
        assert not erased.done()
    await erased
    assert await pool.fetchval("select count(*) from supports where voter = $1", key) == 0
    assert await pool.fetchval("select supports from contributions where id = $1", another) == 1


async def test_also_who_only_contributed_is_known_until_the_close(scene: Scene) -> None:
    async with scene.world.pool.acquire() as connection:
        person = await identity.find_or_add_person(connection, "gop-y@example.vn")
        silent = await identity.find_or_add_person(connection, "im-lang@example.vn")
    await scene.contribute(viewer=Viewer(person))
    for one in (person, silent):
        await erasing_of(scene).erase_account(Viewer(one))
    assert await erasing.marked_until(scene.world.pool, mark_of("gop-y@example.vn")) is not None
    assert await erasing.marked_until(scene.world.pool, mark_of("im-lang@example.vn")) is None


async def test_the_application_gives_votes_other_keys_by_one_function_only(scene: Scene) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await scene.world.pool.execute("update votes set voter = 'x'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await scene.world.pool.execute("delete from erased")


# --- after a restore ---------------------------------------------------------------------------------------------------


async def test_a_restored_backup_is_erased_again_and_nobody_else_of_the_same_number(
    scene: Scene, database: Database, empty_database: Database, tmp_path: Path
) -> None:
    person, kept = await furnished(scene), tmp_path / "erased.jsonl"
    single = await scene.contributed(f"Một lời {CANARY}")
    backup = back_up(database.superuser_dsn)
    later = (await scene.contribute(f"Sau bản sao lưu {CANARY}", viewer=scene.other)).contribution
    assert later is not None
    await erasing_of(scene).erase_account(Viewer(person))
    for author, one in ((scene.citizen, single), (scene.other, later)):
        await scene.consulting.change_own(author, new_id(), c.Erase(one))
    assert await erase_list.update(scene.world.pool, kept) == []
    assert CANARY not in kept.read_text("utf-8") and len(kept.read_text("utf-8").splitlines()) == 4

    restore(backup, empty_database.superuser_dsn)
    async with await open_pool(empty_database.app_dsn, connections=4) as pool:
        restored = Scene(replace(scene.world, pool=pool))
        assert (await restored.contribute("Lời mới mang số cũ", viewer=restored.other)).contribution == later
        assert CANARY in dump(empty_database.owner_dsn)
        before = await numbers(restored)
        said, done = await erased_again(empty_database.app_dsn, "k" * 32, kept)
        assert done and said.startswith("Erased again: 3 of 4 "), said
        assert await erasing.marked_until(pool, mark_of(ADDRESS)) is not None, "nobody comes back to be counted twice"
        assert await numbers(restored) == before
        assert CANARY not in dump(empty_database.owner_dsn)
        assert await pool.fetchval("select text from contributions where id = $1", later) == "Lời mới mang số cũ"
        assert (await erased_again(empty_database.app_dsn, "k" * 32, kept))[0].startswith("Erased again: 0 of 1 ")
        now = await scene.world.pool.fetchrow("select erased_at from contributions where id = $1", single)
        again = await pool.fetchrow("select erased_at from contributions where id = $1", single)
        assert now == again, "the day is that of the demand"
        await restored.check_replay()


async def test_the_list_of_another_data_folder_is_taken_along(scene: Scene, tmp_path: Path, database: Database) -> None:
    one = await scene.contributed()
    at = await scene.world.pool.fetchval("select at from contributions where id = $1", one)
    other = tmp_path / "other.jsonl"
    other.write_bytes(msgspec.json.encode(Erased(one, None, at, at)) + b"\n")
    kept = tmp_path / "data" / "erased.jsonl"
    assert (await erased_again(database.app_dsn, "k" * 32, kept, other))[1]
    assert [line.contribution for line in erase_list.read(kept)] == [one]
    assert await erase_list.update(scene.world.pool, tmp_path / "new.jsonl") == [], "a file that was lost is written anew"
    assert erase_list.read(tmp_path / "new.jsonl") == erase_list.read(kept)
    other.write_text("không phải danh sách", "utf-8")
    assert not (await erased_again(database.app_dsn, "k" * 32, kept, other))[1]


async def test_where_nothing_was_erased_no_file_is_made(scene: Scene, tmp_path: Path) -> None:
    assert await erase_list.update(scene.world.pool, tmp_path / "erased.jsonl") == []
    assert not (tmp_path / "erased.jsonl").exists()
