"""All that is held about one person, for that person alone."""

from typing import Any

from server.kernel.ids import ConsultationId, PersonId
from server.store.connection import Connection

_OF_PERSON = {
    "account": """
select p.created_at, coalesce(c.email, '') as email, coalesce(c.display_name, '') as name
from persons as p left join contacts as c on c.person = p.id where p.id = $1
""",
    "roles": """
select g.role, coalesce(a.name, '') as agency, g.granted_at
from grants as g left join agencies as a on a.id = g.agency where g.person = $1 order by g.id
""",
    "sessions": "select device, created_at, last_seen_at from sessions where person = $1 order by id",
    "contributions": """
select k.id, c.slug as consultation, k.at, k.state, k.name, k.kind, k.side, k.version, k.node, k.quote, k.text, k.suggestion, k.edited_at,
    k.rule, k.reason, k.appeal, k.appeal_reason, k.erased_at
from contributions as k join consultations as c on c.id = k.consultation where k.author = $1 order by k.id
""",
    "former_words": """
select f.contribution, f.at, f.text, f.suggestion
from former_words as f join contributions as k on k.id = f.contribution where k.author = $1 order by f.contribution, f.revision
""",
    "follows": """
select c.slug as consultation, f.node, f.contribution, f.digest, f.lang, f.at
from follows as f join consultations as c on c.id = f.consultation where f.person = $1 order by f.id
""",
    "rooms": """
select r.slug as room, r.title, l.role
from room_lists as l join rooms as r on r.id = l.room where l.person = $1 and r.deleted_at is null order by r.id, l.role
""",
    "chat": "select meeting, at, text from chat where who = 'p' || $1::bigint order by id",
    "notes": "select paper, page, text, at from room_paper_notes where person = $1 order by paper, page",
}
_VOTER = "from unnest($1::bigint[], $2::bytea[]) as v (consultation, voter) join consultations as c on c.id = v.consultation"
_OF_VOTER = {
    "votes": f"""
select c.slug as consultation, q.id as question, q.node, q.statement, t.choice, t.at
{_VOTER} join questions as q on q.consultation = c.id join votes as t on t.question = q.id and t.voter = v.voter order by q.id
""",
    "responses": f"""
select c.slug as consultation, q.id as question, q.statement, t.choices, t.text, t.at
{_VOTER} join questions as q on q.consultation = c.id join responses as t on t.question = q.id and t.voter = v.voter order by q.id
""",
    "supports": f"select c.slug as consultation, t.contribution, t.at {_VOTER} join supports as t on t.voter = v.voter order by 2",
    "flags": f"""
select c.slug as consultation, t.contribution, t.rule, t.words, t.at {_VOTER} join flags as t on t.voter = v.voter order by 2
""",
}

# One person is looked up among the votes of all: never by reading all votes, whatever the planner thinks of the arrays.
BY_INDEX = "set local enable_hashjoin = off; set local enable_mergejoin = off"

TABLES = (*_OF_PERSON, *_OF_VOTER)
"""The names of what ``read_held`` gives."""

Held = dict[str, list[dict[str, Any]]]
"""Rows by the name of what they are."""


async def read_held(connection: Connection, person: PersonId, voters: dict[ConsultationId, bytes]) -> Held:
    """Everything in the database that can be found to be this person's; ``voters`` is how each consultation knows them. In a transaction
    of the caller's."""
    await connection.execute(BY_INDEX)
    held = {name: [dict(row) for row in await connection.fetch(query, person)] for name, query in _OF_PERSON.items()}
    ids, keys = list(voters), list(voters.values())
    return held | {name: [dict(row) for row in await connection.fetch(query, ids, keys)] for name, query in _OF_VOTER.items()}
