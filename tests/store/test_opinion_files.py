"""Files of opinions on real PostgreSQL: choosing lines, entering all of them or none, and where what was entered comes from."""

import asyncpg
import pytest

from consultations import commands as c
from consultations import events as e
from consultations.contribution import Contribution
from consultations.entering import Opinion, entry_of
from server.kernel.ids import NodeId
from server.store import contributions, opinion_files
from server.store.connection import Connection
from server.store.opinion_files import OpinionLine, source_key
from tests.store.scene import Scene, new_id, open_scene

DIGEST = "a" * 64
MANY = 501
"""One more than are written by one statement."""


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


def opinion(line: int, text: str = "Đồng ý") -> Opinion:
    return Opinion(line, "", None, text, "Hộ dân", "citizen", None, "tại UBND xã Mẫu, từ biên bản họp")


async def keep(scene: Scene, *lines: OpinionLine) -> int:
    person = scene.editor.person
    assert person is not None
    async with scene.world.pool.acquire() as connection, connection.transaction():
        file = (DIGEST, "họp thôn.csv")
        return await opinion_files.keep(connection, scene.world.consultation, file, 1, ["Điện thoại"], person, lines)


async def test_lines_are_chosen_among_those_that_can_be_entered_and_every_choice_is_a_revision(scene: Scene) -> None:
    states = ("ready", "alike", "repeated", "known", "faulty")
    lines = [OpinionLine(opinion(number), state, None, state in ("ready", "alike")) for number, state in enumerate(states, start=2)]
    file = await keep(scene, *lines)
    assert await keep(scene, *lines) == file, "one file is kept once"
    async with scene.world.pool.acquire() as connection:
        before = await opinion_files.read(connection, scene.world.consultation, file)
        assert before is not None and (before.state, before.unknown, before.entered) == ("read", ["Điện thoại"], 0)
        assert await opinion_files.read_lines(connection, file, None, 10, 0) == lines
        assert await opinion_files.read_lines(connection, file, ("alike", "faulty"), 1, 1) == [lines[4]]
        async with connection.transaction():
            await opinion_files.choose(connection, file, [2, 4, 5, 6], [4, 5, 6])
        counted = await opinion_files.count_lines(connection, file)
        assert {state: one.taken for state, one in counted.items()} == {"ready": 0, "alike": 1, "repeated": 1, "known": 0, "faulty": 0}
        assert not await opinion_files.ask(connection, file, before.revision), "what was counted before is not what is chosen now"
        assert await opinion_files.ask(connection, file, before.revision + 1)
        async with connection.transaction():
            await opinion_files.choose(connection, file, [3], [])
        begun = await opinion_files.begin(connection, file)
        assert begun is not None and [line.line for line in begun[2]] == [3, 4], "while it is entered it stays as it is"


async def test_all_lines_are_entered_or_none_and_how_far_it_is_can_be_told_meanwhile(scene: Scene) -> None:
    entries = tuple(entry_of(opinion(number, f"Ý kiến {number}"), source_key(DIGEST, number), 1) for number in range(2, MANY + 2))
    told: list[tuple[int, int]] = []

    async def written(done: int) -> None:
        told.append((done, len(await everything(scene))))

    async def also(connection: Connection, events: list[e.AnyEvent]) -> None:
        if not told[2:]:
            raise ConnectionResetError

    command, where = c.Enter(entries, "imported"), scene.world.consultation
    with pytest.raises(ConnectionResetError):
        await scene.consulting.enter(scene.editor, new_id(), where, command, written, also)
    assert told == [(0, 0), (500, 0)] and await everything(scene) == []
    await scene.consulting.enter(scene.editor, new_id(), where, command, written, also)
    assert [one.text for one in await everything(scene)] == [entry.text for entry in entries]
    assert await scene.world.pool.fetchval("select contributions from counts where channel = 'imported'") == MANY
    await scene.check_replay()


async def test_a_moderator_can_trace_what_was_entered_to_its_line(scene: Scene) -> None:
    file = await keep(scene, OpinionLine(opinion(7), "ready", None, True))
    await scene.contributed()
    for channel, key in (("imported", source_key(DIGEST, 7)), ("assisted", "form:1")):
        command = c.Enter((entry_of(opinion(7), key, 1),), channel)  # type: ignore[arg-type]
        await scene.consulting.speak(scene.editor, new_id(), scene.world.consultation, command)
    online, imported, assisted = [one.id for one in await everything(scene)]
    async with scene.world.pool.acquire() as connection:
        found = await opinion_files.provenance(connection, [online, imported, assisted])
        assert {id: (one.file_name, one.sha256, one.line) for id, one in found.items()} == {
            imported: ("họp thôn.csv", DIGEST, 7),
            assisted: (None, None, None),
        }
        keys = [source_key(DIGEST, 7), source_key(DIGEST, 8)]
        assert await opinion_files.known_keys(connection, scene.world.consultation, keys) == {keys[0]}
        assert {node for _, _, node, _ in await opinion_files.said(connection, scene.world.consultation)} == {None, NodeId("n1.1")}
        async with connection.transaction():
            await opinion_files.drop(connection, scene.world.consultation, file)
        assert await opinion_files.read(connection, scene.world.consultation, file) is None


async def everything(scene: Scene) -> list[Contribution]:
    """What everybody sees now, in order."""
    async with scene.world.pool.acquire() as connection:
        return [*(await contributions.load_all(connection, scene.world.consultation)).values()]
