"""The agency's answers. Before they are published only those who write them may read them: each function says for whom it reads."""

from datetime import datetime

import msgspec

from consultations import events as e
from consultations.contribution import Contribution
from server.kernel.ids import ConsultationId, ContributionId, DispositionId, NodeId
from server.store.connection import Connection
from server.store.contributions import load_some


class Disposition(msgspec.Struct, frozen=True):
    """One answer. ``outcome`` is accepted, partly_accepted, not_accepted or noted; ``node`` of ``version`` has what was accepted."""

    id: DispositionId
    outcome: str
    explanation: str
    version: int | None
    node: NodeId | None
    at: datetime


_COLUMNS = "d.id, d.outcome, d.explanation, d.version, d.node, d.at"
_NEXT = "select nextval(pg_get_serial_sequence('dispositions', 'id'))"
_ADD = """
insert into dispositions (id, consultation, outcome, explanation, version, node, at)
overriding system value values ($1, $2, $3, $4, $5, $6, $7)
"""
_GIVE = "update contributions set disposition = $2 where id = any($1)"
_UNANSWERED = """
select id from contributions
where consultation = $1 and parent is null and state in ('visible', 'waiting') and disposition is null order by id
"""
_LACKING = """
select listed_under as place, count(*) as number from contributions
where consultation = $1 and state = 'visible' and parent is null and disposition is null group by listed_under
"""
_COUNTS = """
select d.outcome, sum(k.number)::bigint as number from (
    select disposition, count(*) as number from contributions
    where consultation = $1 and state = 'visible' and parent is null group by disposition
) as k left join dispositions as d on d.id = k.disposition group by d.outcome
"""
_OF = f"select k.id as contribution, {_COLUMNS} from contributions as k join dispositions as d on d.id = k.disposition"
_IN_HAND = _OF + " where k.id = any($1)"
_PUBLISHED = _OF + " join consultations as c on c.id = d.consultation where k.id = any($1) and c.phase in ('answered', 'archived')"
_GROUP = "select id from contributions where disposition = $1 order by id"
# Told once, however many contributions of theirs were answered.
_TELL = """
insert into jobs (kind, payload, idempotency_key)
select $2::text, jsonb_build_object('consultation', $1::bigint, 'what', 'answered', 'person', k.author),
    $2::text || ':' || $1::bigint || ':answered:' || k.author
from (
    select distinct author from contributions
    where consultation = $1::bigint and author is not null and state = 'visible' and disposition is not null
) as k
on conflict (idempotency_key) do nothing
"""


async def next_disposition_id(connection: Connection) -> DispositionId:
    """A new id for an answer."""
    return DispositionId(await connection.fetchval(_NEXT))


async def add(connection: Connection, consultation: ConsultationId, event: e.Disposed) -> None:
    """An answer, in the place of those that its contributions had."""
    await connection.execute(_ADD, event.disposition, consultation, event.outcome, event.explanation, event.version, event.node, event.at)
    await connection.execute(_GIVE, list(event.contributions), event.disposition)


async def load_unanswered(connection: Connection, consultation: ConsultationId) -> dict[ContributionId, Contribution]:
    """The contributions to which an answer is owed and lacking."""
    ids = [row["id"] for row in await connection.fetch(_UNANSWERED, consultation)]
    return await load_some(connection, consultation, ids, [])


async def count_answered(connection: Connection, consultation: ConsultationId) -> int:
    """How many visible contributions have their answer, published or not."""
    return sum(number for outcome, number in (await count_outcomes(connection, consultation)).items() if outcome is not None)


async def count_lacking(connection: Connection, consultation: ConsultationId) -> dict[str, int]:
    """How many visible contributions lack their answer, by what they are listed under: a điều or annex of the newest version, empty for
    the whole draft, ``-`` for words that are gone."""
    return {row["place"]: row["number"] for row in await connection.fetch(_LACKING, consultation)}


async def count_outcomes(connection: Connection, consultation: ConsultationId) -> dict[str | None, int]:
    """How many visible contributions have each outcome (null: none yet), for those who answer. They add up to all visible ones that
    answer no other."""
    return {row["outcome"]: row["number"] for row in await connection.fetch(_COUNTS, consultation)}


async def answers_in_hand(connection: Connection, contributions: list[ContributionId]) -> dict[ContributionId, Disposition]:
    """The answers to these contributions, for those who answer, published or not."""
    return {row["contribution"]: Disposition(*tuple(row)[1:]) for row in await connection.fetch(_IN_HAND, contributions)}


async def published_answers(connection: Connection, contributions: list[ContributionId]) -> dict[ContributionId, Disposition]:
    """The answers to these contributions that everybody may read."""
    return {row["contribution"]: Disposition(*tuple(row)[1:]) for row in await connection.fetch(_PUBLISHED, contributions)}


async def answered_together(connection: Connection, disposition: DispositionId) -> list[ContributionId]:
    """The contributions that share one answer, for those who answer."""
    return [row["id"] for row in await connection.fetch(_GROUP, disposition)]


async def tell_authors(connection: Connection, consultation: ConsultationId, job: str) -> None:
    """Add a job of kind ``job`` for each author whose contributions were answered and who was not told yet."""
    await connection.execute(_TELL, consultation, job)
