"""What people want to be told of, and how often. Who follows what is told to nobody."""

from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import ConsultationId, ContributionId, FollowId, NodeId, PersonId
from server.store.connection import Connection

Digest = Literal["at_once", "daily", "weekly"]


class Follow(msgspec.Struct, frozen=True):
    """Somebody follows a consultation, one node of its draft, or one contribution. ``told`` is the newest event they were told of."""

    id: FollowId
    person: PersonId
    consultation: ConsultationId
    node: NodeId | None
    contribution: ContributionId | None
    digest: Digest
    told: int
    at: datetime


_COLUMNS = "id, person, consultation, node, contribution, digest, told, at"
# Who begins to follow is told of what happens from now on.
_FOLLOW = f"""
insert into follows (person, consultation, node, contribution, digest, told)
values ($1, $2, $3, $4, $5, coalesce((select seq from topics where id = 'consultation/' || $2::bigint), 0))
on conflict (person, consultation, node, contribution) do update set digest = excluded.digest returning {_COLUMNS}
"""
_UNFOLLOW = "delete from follows where id = $1 and person = $2 returning id"
_OWN = f"select {_COLUMNS} from follows where person = $1 order by id desc"
_ONE = f"select {_COLUMNS} from follows where id = $1"
_FOLLOWERS = f"""
select {_COLUMNS} from follows where consultation = $1 and digest = $2 and id > $3 order by id limit $4
"""
_TOLD = "update follows set told = $2 where id = any($1) and told < $2"


async def follow(
    connection: Connection,
    person: PersonId,
    consultation: ConsultationId,
    node: NodeId | None,
    contribution: ContributionId | None,
    digest: Digest,
) -> Follow:
    """Begin to follow, or change how often one is told. Doing it twice changes nothing."""
    [row] = await connection.fetch(_FOLLOW, person, consultation, node, contribution, digest)
    return Follow(*row)


async def unfollow(connection: Connection, follow: FollowId, person: PersonId) -> bool:
    """Follow no more. Whether there was such a follow of this person's."""
    return await connection.fetchval(_UNFOLLOW, follow, person) is not None


async def own_follows(connection: Connection, person: PersonId) -> list[Follow]:
    """All that a person follows, the newest first."""
    return [Follow(*row) for row in await connection.fetch(_OWN, person)]


async def read_follow(connection: Connection, follow: FollowId) -> Follow | None:
    """One follow, or nothing."""
    row = await connection.fetchrow(_ONE, follow)
    return None if row is None else Follow(*row)


async def followers(connection: Connection, consultation: ConsultationId, digest: Digest, after: int, limit: int) -> list[Follow]:
    """At most ``limit`` follows of a consultation that are told at this pace, with ids above ``after``, in order."""
    return [Follow(*row) for row in await connection.fetch(_FOLLOWERS, consultation, digest, after, limit)]


async def mark_told(connection: Connection, follows: list[FollowId], seq: int) -> None:
    """These were told of everything up to event ``seq``."""
    await connection.execute(_TOLD, follows, seq)
