"""Votes: one row per question and voter, and totals kept by the same statement."""

from typing import Any

import msgspec

from server.kernel.ids import ConsultationId, PersonId, QuestionId
from server.store.connection import Connection


class Ballots(msgspec.Struct):
    """Votes to cast together, in columns of one length: people, voter keys (16 bytes), command ids and digests, questions, choices."""

    people: list[PersonId]
    voters: list[bytes]
    ids: list[Any]
    digests: list[int]
    questions: list[QuestionId]
    choices: list[int]


class Totals(msgspec.Struct, frozen=True):
    """The newest totals by question, and a version that grows with the database's clock (µs).

    They are people: per option of a single choice or a scale; of several choices per option and last all who answered; of an order of n
    options n by n, the first place's options first, and last all who answered; of words those who wrote some.
    """

    version: int
    people: dict[QuestionId, list[int]]


_CAST = "select cast_votes($1, $2, $3, $4, $5, $6)"

# Hidden until close is kept here, where every exit reads: totals of a consultation that hides them come only after its close.
_TOTALS = """
select q.id, array_agg(coalesce(t.people, 0) order by o.choice) as people,
    (extract(epoch from clock_timestamp()) * 1000000)::bigint as version
from questions as q
join consultations as c on c.id = q.consultation
cross join lateral generate_series(
    0,
    case q.kind when 'text' then 0 when 'several' then q.options when 'rank' then q.options * q.options else q.options - 1 end
) as o (choice)
left join tallies as t on t.question = q.id and t.choice = case
    when q.kind in ('single', 'scale') then o.choice
    when q.kind = 'several' and o.choice < q.options then o.choice
    when q.kind = 'rank' and o.choice < q.options * q.options then o.choice / q.options * 32 + o.choice % q.options
    else -1
end
where q.consultation = $1 and ($2::bigint[] is null or q.id = any($2))
    and (c.tallies = 'live' or phase_by_clock(c.phase, c.opens_at, c.closes_at) in ('closed', 'answered', 'archived', 'cancelled')
        or (q.part = 'poll' and q.state = 'closed'))
group by q.id
"""
_RECOUNT = """
select question, choice, count(*) as people from votes
where question in (select id from questions where consultation = $1) group by question, choice order by question, choice
"""
_KEPT = """
select question, choice, people from tallies
where question in (select id from questions where consultation = $1 and kind in ('single', 'scale')) and people <> 0
order by question, choice
"""
_OWN = "select question, choice from votes where voter = $1 and question in (select id from questions where consultation = $2)"
_VOTERS = """
select count(distinct voter) from votes where question in (select id from questions where consultation = $1)
"""
_CONSULTATION_OF = """
select q.id, q.consultation, c.voter_secret from questions as q join consultations as c on c.id = q.consultation where q.id = any($1)
"""


async def cast(connection: Connection, ballots: Ballots) -> list[str]:
    """Cast all in one transaction; the outcome of each, in order (see ``cast_votes`` in the migrations)."""
    outcomes: list[str] = await connection.fetchval(_CAST, *msgspec.structs.astuple(ballots))
    return outcomes


async def read_totals(connection: Connection, consultation: ConsultationId, questions: list[QuestionId] | None = None) -> Totals:
    """The totals that may be shown now, of some questions or of all; empty while they are hidden."""
    rows = await connection.fetch(_TOTALS, consultation, questions)
    return Totals(max((row["version"] for row in rows), default=0), {row["id"]: list(row["people"]) for row in rows})


async def kept_and_recounted(
    connection: Connection, consultation: ConsultationId
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """The totals as kept and as counted anew from the rows (question, choice, people); equal unless something is broken."""
    kept = [(row[0], row[1], row[2]) for row in await connection.fetch(_KEPT, consultation)]
    counted = [(row[0], row[1], row[2]) for row in await connection.fetch(_RECOUNT, consultation)]
    return kept, counted


async def own_votes(connection: Connection, consultation: ConsultationId, voter: bytes) -> dict[QuestionId, int]:
    """The choices of one voter."""
    return {row["question"]: row["choice"] for row in await connection.fetch(_OWN, voter, consultation)}


async def count_voters(connection: Connection, consultation: ConsultationId) -> int:
    """How many people have answered at least one question."""
    number: int = await connection.fetchval(_VOTERS, consultation)
    return number


async def consultations_of(connection: Connection, questions: list[QuestionId]) -> dict[QuestionId, tuple[ConsultationId, bytes]]:
    """The consultation of each question that exists, with the secret under which its voters are known."""
    return {row["id"]: (row["consultation"], row["voter_secret"]) for row in await connection.fetch(_CONSULTATION_OF, questions)}
