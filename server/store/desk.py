"""What editors need to see of many consultations at once."""

import msgspec

from server.kernel.ids import AgencyId, ConsultationId
from server.store.connection import Connection


class Work(msgspec.Struct, frozen=True):
    """How many questions a consultation asks, and how many contributions wait for a moderator."""

    questions: int
    waiting: int


_WORK = """
select c.id,
    (select count(*) from questions as q where q.consultation = c.id) as questions,
    (select count(*) from contributions as k where k.consultation = c.id and k.state = 'waiting') as waiting
from consultations as c where $1::bigint[] is null or c.agency = any($1) order by c.id desc limit 500
"""


async def count_work(connection: Connection, agencies: list[AgencyId] | None) -> dict[ConsultationId, Work]:
    """The work on each consultation of some agencies (``None``: of all), the newest 500."""
    return {row["id"]: Work(row["questions"], row["waiting"]) for row in await connection.fetch(_WORK, agencies)}
