"""Taking back a ruling on many: what it did is read from what was recorded of it, and never from what a page says."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from consultations import commands as c
from consultations import events as e
from consultations.moderating import UNDONE_WITHIN
from server.kernel.ids import CommandId, ConsultationId, PersonId, consultation_topic
from server.realtime.answers import Answer
from server.realtime.consulting import person_key, uuid_of
from server.store import topics
from server.store.connection import Connection


class Undoable(msgspec.Struct, frozen=True):
    """What one form that ruled on many did: its answers, one for each consultation, and until when they can be taken back."""

    answers: tuple[Answer, ...]
    until: datetime

    @property
    def number(self) -> int:
        """How many contributions were ruled on."""
        return sum(len(one.contributions) for one in self.answers)


def part_of(form: CommandId, consultation: ConsultationId) -> CommandId:
    """The id of that part of a form which concerns one consultation: sent twice, it rules once on each. Raises: Refused ``bad_input``."""
    return CommandId(str(uuid5(uuid_of(form), str(consultation))))


async def what_was_done(
    connection: Connection, person: PersonId, form: CommandId, consultations: Iterable[ConsultationId]
) -> Undoable | None:
    """What this form of this person's did in these consultations; nothing when it did nothing. Raises: Refused ``bad_input``."""
    parts = [UUID(part_of(form, one)) for one in consultations]
    done: Mapping[UUID, tuple[object, datetime]] = await topics.answers_of(connection, person_key(person), parts)
    if not done:
        return None
    first = min(at for _, at in done.values())
    return Undoable(tuple(msgspec.convert(answer, Answer) for answer, _ in done.values()), first + UNDONE_WITHIN - timedelta(seconds=1))


async def undo_of(connection: Connection, made: Answer) -> c.UndoRulings:
    """The command that takes back what ``made`` tells of."""
    number = len(made.contributions)
    stored = await topics.read_events(connection, consultation_topic(made.consultation), made.seq - number, number)
    return c.UndoRulings(tuple(msgspec.convert({"type": one.type, **one.body}, e.Ruled) for one in stored if one.type == "ruled"))
