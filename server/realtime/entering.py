"""Entering files of opinions, in the background: all lines that were chosen or none, told how far it is."""

from consultations import commands as c
from consultations import events as e
from consultations.entering import entry_of
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import CommandId, PersonId
from server.kernel.refused import Refused
from server.realtime.consulting import Consulting
from server.store import opinion_files, people
from server.store.connection import Connection, Database, Pool
from server.store.jobs import Job, add_job

ENTER_JOB = "enter_opinions"
"""The kind of these jobs. Payload: ``file`` (its number), ``person`` (who asked), ``id`` (of the command)."""


class Entering:
    """Enters files for one web process. Who asked must still be allowed to when it is done."""

    def __init__(self, pool: Pool, consulting: Consulting) -> None:
        self._pool = pool
        self._consulting = consulting

    async def enter(self, job: Job) -> None:
        """Does one job. A file that cannot be entered says why to who asked for it."""
        number, person = int(str(job.payload["file"])), PersonId(int(str(job.payload["person"])))
        async with self._pool.acquire() as connection:
            begun = await opinion_files.begin(connection, number)
            viewer = Viewer(person, grants=grants_of(await people.roles_of(connection, person)))
        if begun is None:
            return
        consultation, file, lines = begun
        entries = tuple(entry_of(one, opinion_files.source_key(file.sha256, one.line), file.version) for one in lines)

        async def written(done: int) -> None:
            await opinion_files.tell_done(self._pool, number, done)

        async def also(connection: Connection, events: list[e.AnyEvent]) -> None:
            await opinion_files.finish(connection, number, len(events))

        try:
            command = c.Enter(entries, "imported")
            await self._consulting.enter(viewer, CommandId(str(job.payload["id"])), consultation, command, written, also)
        except Refused as refused:
            await opinion_files.fail(self._pool, number, refused.code)
        except Exception:
            await opinion_files.fail(self._pool, number, "failed")
            raise


async def add_enter_job(database: Database, file: int, person: PersonId, id: CommandId) -> None:
    """Has a file entered as it was asked for."""
    payload = {"file": file, "person": person, "id": id}
    await add_job(database, ENTER_JOB, payload, idempotency_key=f"{ENTER_JOB}:{id}")
