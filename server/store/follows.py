"""What people want to be told of, and how often. Who follows what is told to nobody."""

from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import ConsultationId, ContributionId, FollowId, NodeId, PersonId
from server.store.connection import Connection

Digest = Literal["none", "daily", "weekly"]
"""How often one is told by mail. ``none`` keeps the follow in one's list, and sends nothing."""


class Follow(msgspec.Struct, frozen=True):
    """Somebody follows a consultation, one node of its draft, or one contribution. ``told`` is the newest event they were told of,
    ``lang`` the language of the page on which they began, in which they are written to. ``version`` is that of the node, else 1."""

    id: FollowId
    person: PersonId
    consultation: ConsultationId
    node: NodeId | None
    contribution: ContributionId | None
    digest: Digest
    told: int
    at: datetime
    lang: str = "vi"
    version: int = 1


class Due(msgspec.Struct, frozen=True):
    """What is to be told of one follow: the events above ``after`` up to ``upto``."""

    follow: FollowId
    after: int
    upto: int


_COLUMNS = "id, person, consultation, node, contribution, digest, told, at, lang, version"
_HOLD = "select pg_advisory_xact_lock(hashtextextended('follows/' || $1::bigint, 0))"
# Who begins to follow is told of what happens from now on.
_FOLLOW = f"""
insert into follows (person, consultation, node, contribution, digest, lang, version, told)
values ($1, $2, $3, $4, $5, $6, $7, coalesce((select seq from topics where id = 'consultation/' || $2::bigint), 0))
on conflict (person, consultation, version, node, contribution) do update set digest = excluded.digest, lang = excluded.lang
returning {_COLUMNS}
"""
_UNFOLLOW = "delete from follows where id = $1 and person = $2 returning id"
_OWN = f"select {_COLUMNS} from follows where person = $1 order by id desc"
_OWN_IN = f"select {_COLUMNS} from follows where person = $1 and consultation = $2 order by id desc"
_ONE = f"select {_COLUMNS} from follows where id = $1"
_SET_PACE = "update follows set digest = $3 where id = $1 and person = $2 returning id"
_SILENCE = "update follows set digest = 'none' where person = $1 and digest <> 'none' returning id"
_NEWS = "from follows as f join topics as t on t.id = 'consultation/' || f.consultation where f.digest = $1 and t.seq > f.told"
_WAITING = f"select distinct f.person {_NEWS} and f.person > $2 order by f.person limit $3"
# Taking is telling: whoever takes adds the letter in the same transaction.
_TAKE = f"""
with due as (select f.id, f.told, t.seq {_NEWS} and f.person = $2 for update of f)
update follows as f set told = due.seq from due where f.id = due.id returning f.id, due.told as after, due.seq as upto
"""


async def hold(connection: Connection, person: PersonId) -> None:
    """Until the caller's transaction ends nobody else who holds the same person begins a follow of theirs: they can be counted."""
    await connection.execute(_HOLD, person)


async def follow(
    connection: Connection,
    person: PersonId,
    consultation: ConsultationId,
    node: NodeId | None,
    contribution: ContributionId | None,
    digest: Digest,
    lang: str,
    version: int = 1,
) -> Follow:
    """Begin to follow, or change how often one is told. Doing it twice changes nothing. ``version`` is that of the ``node``."""
    [row] = await connection.fetch(_FOLLOW, person, consultation, node, contribution, digest, lang, 1 if node is None else version)
    return Follow(*row)


async def unfollow(connection: Connection, follow: FollowId, person: PersonId) -> bool:
    """Follow no more. Whether there was such a follow of this person's."""
    return await connection.fetchval(_UNFOLLOW, follow, person) is not None


async def own_follows(connection: Connection, person: PersonId) -> list[Follow]:
    """All that a person follows, the newest first."""
    return [Follow(*row) for row in await connection.fetch(_OWN, person)]


async def own_follows_in(connection: Connection, person: PersonId, consultation: ConsultationId) -> list[Follow]:
    """What a person follows in one consultation, the newest first."""
    return [Follow(*row) for row in await connection.fetch(_OWN_IN, person, consultation)]


async def read_follow(connection: Connection, follow: FollowId) -> Follow | None:
    """One follow, or nothing."""
    row = await connection.fetchrow(_ONE, follow)
    return None if row is None else Follow(*row)


async def set_pace(connection: Connection, follow: FollowId, person: PersonId, digest: Digest) -> bool:
    """Change how often one is told. Whether there was such a follow of this person's."""
    return await connection.fetchval(_SET_PACE, follow, person, digest) is not None


async def silence(connection: Connection, person: PersonId) -> int:
    """Send this person no more letters; what they follow stays in their list. How many follows were told by mail until now."""
    return len(await connection.fetch(_SILENCE, person))


async def waiting_people(connection: Connection, digest: Digest, after: PersonId, limit: int) -> list[PersonId]:
    """At most ``limit`` people with ids above ``after`` who follow, at this pace, something in which anything happened, in order."""
    return [row["person"] for row in await connection.fetch(_WAITING, digest, after, limit)]


async def take_due(connection: Connection, person: PersonId, digest: Digest) -> list[Due]:
    """What is to be told to this person now. It counts as told: the caller adds the letter in the same transaction."""
    return [Due(*row) for row in await connection.fetch(_TAKE, digest, person)]
