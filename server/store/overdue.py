"""What of moderation is overdue, and who was told of it: each ruling and each appeal once, to whoever may decide it."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from consultations.moderating import APPEAL_DECIDED_WITHIN, RULING_WITHIN
from consultations.phases import TABLE
from server.kernel.ids import PersonId
from server.store.connection import Connection


class Overdue(msgspec.Struct, frozen=True):
    """What is overdue in one consultation: contributions that wait for a ruling, and appeals that wait for a decision."""

    slug: str
    title: str
    rulings: int
    appeals: int


_HOLD = "insert into moderation_letters (person) values ($1) on conflict (person) do update set wanted = moderation_letters.wanted"
# Nobody rules on what they wrote or entered, nor decides an appeal against their own ruling; administrators have no such role besides.
_DUE = """
from moderators as m
join consultations as c on c.agency = m.agency and c.phase = any ($3)
join lateral (
    select 'ruling' as what, k.author, k.entered_by, null::bigint as ruled_by, coalesce(k.edited_at, k.at) + $1::interval as due
    from contributions as k where k.consultation = c.id and k.state = 'waiting'
    union all
    select 'appeal', k.author, k.entered_by, k.ruled_by, k.appealed_at + $2::interval
    from contributions as k where k.consultation = c.id and k.state = 'hidden' and k.appeal = 'open'
) as d on d.due > m.told and d.due <= now() and m.person is distinct from d.author and m.person is distinct from d.entered_by
    and m.person is distinct from d.ruled_by
"""
_MODERATORS = """
with moderators as (
    select g.person, g.agency, coalesce(l.told, '-infinity') as told
    from grants as g left join moderation_letters as l on l.person = g.person
    where g.role = 'moderator' and coalesce(l.wanted, true)
        and coalesce(l.told, '-infinity') < date_trunc('day', now(), 'Asia/Ho_Chi_Minh')
        and not exists (select from grants as a where a.person = g.person and a.role = 'administrator')
)
"""
_PEOPLE = f"{_MODERATORS} select distinct m.person {_DUE} where m.person > $4 order by m.person limit $5"
_OF_ONE = f"""
{_MODERATORS} select c.slug, c.title, count(*) filter (where d.what = 'ruling') as rulings,
    count(*) filter (where d.what = 'appeal') as appeals
{_DUE} where m.person = $4 group by c.id order by c.id
"""
_TOLD = "update moderation_letters set told = now() where person = $1"
_WANTED = "select wanted from moderation_letters where person = $1"
_WANT = "insert into moderation_letters (person, wanted) values ($1, $2) on conflict (person) do update set wanted = excluded.wanted"


def _clocks() -> tuple[timedelta, timedelta, Sequence[str]]:
    return RULING_WITHIN, APPEAL_DECIDED_WITHIN, [*TABLE["rule"]]


async def people_to_tell(connection: Connection, after: PersonId, limit: int) -> list[PersonId]:
    """At most ``limit`` moderators with ids above ``after`` for whom something has become overdue since they were last told, which was
    not today (in Viet Nam), in order."""
    return [row["person"] for row in await connection.fetch(_PEOPLE, *_clocks(), after, limit)]


async def take(connection: Connection, person: PersonId) -> list[Overdue]:
    """What has become overdue for this moderator; nothing where they were told today. It counts as told: the caller adds the letter in
    the same transaction."""
    await connection.execute(_HOLD, person)  # whoever else takes for the same person waits for this transaction
    found = [Overdue(*row) for row in await connection.fetch(_OF_ONE, *_clocks(), person)]
    await connection.execute(_TOLD, person)
    return found


async def wants_letters(connection: Connection, person: PersonId) -> bool:
    """Whether this moderator is to be told of what is overdue."""
    return (await connection.fetchval(_WANTED, person)) is not False


async def want_letters(connection: Connection, person: PersonId, *, wanted: bool) -> None:
    """Tell this moderator of what is overdue, or no more."""
    await connection.execute(_WANT, person, wanted)
