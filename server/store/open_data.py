"""What everybody may take away: numbers, every visible contribution, and what happened, for feeds and letters."""

from datetime import datetime
from typing import Any

import msgspec

from consultations.log import PUBLIC_TYPES, Entry, public_entry
from server.kernel.ids import ConsultationId, ContributionId, PersonId, consultation_topic
from server.store.connection import Connection
from server.store.reading import CONTRIBUTION_COLUMNS, Row

# Who has no account is one person for each opinion that was entered. The one row without any of the three is the whole.
_MARGINS = """
select kind, channel, verified, count(distinct author) + count(*) filter (where author is null) as people,
    count(*) filter (where parent is null) as contributions, count(*) filter (where parent is not null) as replies
from contributions where consultation = $1 and state = 'visible'
group by grouping sets ((kind), (channel), (verified), ()) order by kind, channel, verified
"""
_AUTHORS = "select distinct author from contributions where consultation = $1 and state = 'visible' and author is not null"
# One pass: to look each author up among the votes on every question takes ten times as long.
_HEARD = """
select count(*) - (select both_erased from consultations where id = $1) from (
    select voter from votes where question in (select id from questions where consultation = $1)
    union
    select voter from responses where question in (select id from questions where consultation = $1)
    union
    select unnest($2::bytea[])
) as g
"""
_SECRET = "select voter_secret from consultations where id = $1"
_EVERY = f"""
select {CONTRIBUTION_COLUMNS} from contributions where consultation = $1 and state = 'visible' and id > $2 order by id limit $3
"""
_PASSED = "select seq, at, type, body from events where topic = $1 and seq > $2 and seq <= $3 and type = any($4) order by seq"
_LATELY = """
select c.id as consultation, e.seq, e.at, e.type, e.body
from (select id from consultations where phase <> 'draft' order by id desc limit 500) as c
cross join lateral (
    select seq, at, type, body from events where topic = 'consultation/' || c.id and type = any($1) order by seq desc limit 10
) as e
order by e.at desc, c.id desc, e.seq desc limit $2
"""
_OF_ONE = "select seq, at, type, body from events where topic = $1 and type = any($2) order by seq desc limit $3"


class Margin(msgspec.Struct, frozen=True):
    """People, contributions, and answers to those, which everybody can see: of one kind, of one channel, of the verified or of the
    unverified; of all where all three are null. People may stand in two kinds."""

    kind: str | None
    channel: str | None
    verified: bool | None
    people: int
    contributions: int
    replies: int


async def read_margins(connection: Connection, consultation: ConsultationId) -> list[Margin]:
    """The numbers of what everybody can see, in all three ways, and of all."""
    return [Margin(*row) for row in await connection.fetch(_MARGINS, consultation)]


async def visible_authors(connection: Connection, consultation: ConsultationId) -> list[PersonId]:
    """The people with accounts who have something that everybody can see; for counting only."""
    return [row["author"] for row in await connection.fetch(_AUTHORS, consultation)]


async def count_voters_and(connection: Connection, consultation: ConsultationId, others: list[bytes]) -> int:
    """How many people have answered a question or are among ``others``, who are known as voters are; of those, who did both and was
    erased is not counted again. Who shows it asks whether totals may be shown."""
    number: int = await connection.fetchval(_HEARD, consultation, others)
    return number


async def voter_secret(connection: Connection, consultation: ConsultationId) -> bytes:
    """The key under which the people of a consultation are known as voters."""
    found: bytes = await connection.fetchval(_SECRET, consultation)
    return found


async def every_contribution(connection: Connection, consultation: ConsultationId, after: ContributionId, limit: int) -> list[Row]:
    """At most ``limit`` contributions and answers to them that everybody can see, with ids above ``after``, in order."""
    return [Row(*row) for row in await connection.fetch(_EVERY, consultation, after, limit)]


async def what_passed(connection: Connection, consultation: ConsultationId, after: int, upto: int) -> list[Entry]:
    """The public log above number ``after`` up to ``upto``, in order."""
    rows = await connection.fetch(_PASSED, consultation_topic(consultation), after, upto, list(PUBLIC_TYPES))
    return [line for row in rows if (line := _entry(row)) is not None]


async def news_of(connection: Connection, consultation: ConsultationId, types: list[str], limit: int) -> list[Entry]:
    """At most ``limit`` lines of one public log, of these types, the newest first."""
    rows = await connection.fetch(_OF_ONE, consultation_topic(consultation), types, limit)
    return [line for row in rows if (line := _entry(row)) is not None]


async def news_of_all(connection: Connection, types: list[str], limit: int) -> list[tuple[ConsultationId, Entry]]:
    """At most ``limit`` lines of all public logs, of these types, the newest first; ten of one consultation at most."""
    rows = await connection.fetch(_LATELY, types, limit)
    return [(row["consultation"], line) for row in rows if (line := _entry(row)) is not None]


def _entry(row: Any) -> Entry | None:
    at: datetime = row["at"]
    return public_entry(row["seq"], at, row["type"], row["body"])
