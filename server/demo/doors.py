"""The doors through which the demo is made, the same as everybody's; each command has a fixed id, so that doing it twice does it once."""

from datetime import timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from consultations import commands as c
from consultations.statute import Document
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId, CommandId, ConsultationId
from server.realtime.consulting import Consulting, Text
from server.realtime.votes import VoteWriter
from server.store import consultations as store
from server.store import drafts
from server.store.connection import Pool

_CHOICES = (0, 0, 1, 0, 2, 0, 1, 0, 0, 2, 1, 0, 0, 1)
"""A fixed pattern of answers, uneven enough to look at."""


class Doors(NamedTuple):
    """Who makes the demo, and what with. ``viewers`` are its accounts by their addresses."""

    pool: Pool
    consulting: Consulting
    writer: VoteWriter
    agency: AgencyId
    viewers: dict[str, Viewer]

    @property
    def editor(self) -> Viewer:
        return self.viewers["bien-tap@demo.example"]

    def citizen(self, number: int) -> Viewer:
        return self.viewers[f"cong-dan-{number}@demo.example"]


def command_id(name: str) -> CommandId:
    """The id of the command with this name."""
    return CommandId(str(uuid5(NAMESPACE_URL, f"demo:{name}")))


async def begin(doors: Doors, name: str, describe: c.Describe, slug: str, text: Text) -> ConsultationId | None:
    """A described consultation with its text, still in draft; nothing when it was seeded and published before."""
    consultation, _ = await doors.consulting.create(doors.editor, command_id(f"{name} create"), doors.agency, describe.title, slug)
    async with doors.pool.acquire() as connection:
        if (await store.load(connection, consultation)).phase != "draft":
            return None
    await doors.consulting.change(doors.editor, command_id(f"{name} describe"), consultation, describe)
    await doors.consulting.place_text(doors.editor, command_id(f"{name} text"), consultation, text)
    return consultation


async def publish(
    doors: Doors,
    name: str,
    consultation: ConsultationId,
    days: int,
    tallies: str,
    document: Document = "other",
    target: int | None = None,
) -> None:
    """Open it now, for so many days."""
    async with doors.pool.acquire() as connection:
        now = await store.database_now(connection)
    publish = c.Publish(now, now + timedelta(days=days), "after", "live" if tallies == "live" else "hidden", document, target)
    await doors.consulting.change(doors.editor, command_id(f"{name} publish"), consultation, publish)


async def vote(doors: Doors, name: str, consultation: ConsultationId, people: int) -> None:
    """The first ``people`` citizens vote on everything that is put to the vote."""
    async with doors.pool.acquire() as connection:
        questions = await drafts.read_questions(connection, consultation)
    for number in range(1, people + 1):
        person = doors.citizen(number).person
        assert person is not None
        for position, question in enumerate(questions):
            choice = _CHOICES[(position * 3 + number * 5) % len(_CHOICES)]
            await doors.writer.cast(person, command_id(f"{name} vote {number} {position}"), question.id, choice)
