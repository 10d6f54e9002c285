"""Ballots as rows: named ones, one for each member, and secret ones, of which nobody can say whose they are."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from rooms.motions import Ballot, Box, Paper, Voted
from server.kernel.ids import MotionId, Who
from server.store.connection import Connection, Database

Secretly = Literal["done", "repeated", "voted_already", "conflict", "vote_closed", "none"]


class Command(msgspec.Struct, frozen=True):
    """A command to vote by name as it is remembered: whose, under which id (a UUID), and a digest of what it says."""

    actor: bytes
    id: Any
    digest: int


_STANDING = """
select member, given_by, choice, origin, at, opinion from ballots
where motion = $1 and ($2::text[] is null or member = any ($2)) order by at, member
"""
_CAST = """
insert into ballots (motion, member, given_by, choice, origin, at, opinion)
select $1, * from unnest($2::text[], $3::text[], $4::smallint[], $5::text[], $6::timestamptz[], $7::text[])
on conflict (motion, member) do update set
    given_by = excluded.given_by, choice = excluded.choice, origin = excluded.origin, at = excluded.at, opinion = excluded.opinion
"""
_KNOWN = """
select c.actor, c.id, c.digest from commands as c
join unnest($1::bytea[], $2::uuid[]) as asked (actor, id) on c.actor = asked.actor and c.id = asked.id
"""
_REMEMBER = "insert into commands (actor, id, digest, answer) select *, '{}' from unnest($1::bytea[], $2::uuid[], $3::bigint[])"


async def standing_ballots(database: Database, motion: MotionId, members: Sequence[Who] | None = None) -> list[Ballot]:
    """The ballots that count so far, of some members or of all, in the order of casting."""
    return [Ballot(*row) for row in await database.fetch(_STANDING, motion, members)]


async def cast(connection: Connection, motion: MotionId, cast: Sequence[Ballot]) -> None:
    """Keep these ballots, at most one of each member, in the place of those before them. The caller holds the motion."""
    columns = zip(*((one.member, one.by, one.choice, one.origin, one.at, one.opinion) for one in cast), strict=True)
    await connection.execute(_CAST, motion, *map(list, columns))


async def known_commands(connection: Connection, asked: Sequence[Command]) -> dict[tuple[bytes, str], int]:
    """Which of these commands were carried out before, with the digests of then, by actor and id (as text)."""
    rows = await connection.fetch(_KNOWN, [one.actor for one in asked], [one.id for one in asked])
    return {(row["actor"], str(row["id"])): row["digest"] for row in rows}


async def remember_commands(connection: Connection, done: Sequence[Command]) -> None:
    """Keep that these were carried out, in the transaction that does it."""
    await connection.execute(_REMEMBER, [one.actor for one in done], [one.id for one in done], [one.digest for one in done])


# --- in secret ---------------------------------------------------------------------------------------------------------

_CAST_SECRETLY = "select cast_secretly($1, $2, $3, $4, $5, $6)"
_PAPER_BEFORE = "select paper_before($1, $2, $3)"
_WHO_VOTED = "select who_voted_secretly($1) as member"


async def cast_secretly(connection: Connection, motion: MotionId, voted: Voted, paper: Paper) -> Secretly:
    """Put one paper into the box, and beside it that this member has voted."""
    said: Secretly = await connection.fetchval(_CAST_SECRETLY, motion, voted.member, voted.by, voted.origin, paper.tracker, paper.choice)
    return said


async def paper_before(database: Database, motion: MotionId, member: Who, tracker: str) -> Secretly:
    """What an open box knows of this member's vote and this tracker, before anything is cast."""
    said: Secretly = await database.fetchval(_PAPER_BEFORE, motion, member, tracker)
    return said


async def who_voted_secretly(database: Database, motion: MotionId) -> list[Who]:
    """Whose vote has been given, sorted."""
    return [Who(row["member"]) for row in await database.fetch(_WHO_VOTED, motion)]


# --- the box -----------------------------------------------------------------------------------------------------------

_VOTED = "select member, given_by, origin from secret_voters where motion = $1 order by member"
_PAPERS = "select tracker, choice from secret_papers where motion = $1 order by tracker"


async def read_box(connection: Connection, motion: MotionId) -> Box:
    """All that was cast on a motion that is closed."""
    return Box(
        tuple(await standing_ballots(connection, motion)),
        tuple(Voted(*row) for row in await connection.fetch(_VOTED, motion)),
        tuple(Paper(*row) for row in await connection.fetch(_PAPERS, motion)),
    )
