"""What readers hold to break a rule. Who says so stands here only as the key of a voter, and is told to nobody, moderators included."""

import msgspec

from server.kernel.ids import ContributionId
from server.store.connection import Connection


class Flags(msgspec.Struct, frozen=True):
    """What no moderator has looked at yet: how many people named each rule, the most named first, and what the newest of them wrote."""

    rules: tuple[tuple[str, int], ...]
    words: tuple[str, ...]

    @property
    def people(self) -> int:
        """How many people there are; each names one rule."""
        return sum(number for _, number in self.rules)


MOST_WORDS = 5
"""Of so many people the words are shown."""

_FLAG = """
with new as (insert into flags (contribution, voter, rule, words) values ($1, $2, $3, $4) on conflict do nothing returning contribution)
update contributions set flags = flags + 1 where id in (select contribution from new) returning id
"""
_SETTLE = """
with looked_at as (update flags set settled_at = clock_timestamp() where contribution = $1 and settled_at is null)
update contributions set flags = 0 where id = $1
"""
_ERASE_WORDS = "update flags set words = '' where contribution = $1"
_OPEN = """
select contribution, rule, count(*) as number from flags where contribution = any($1) and settled_at is null
group by contribution, rule order by contribution, number desc, rule
"""
_WORDS = """
select f.contribution, f.words from unnest($1::bigint[]) as one cross join lateral (
    select contribution, words, at from flags where contribution = one and settled_at is null and words <> '' order by at desc limit $2
) as f order by f.contribution, f.at desc
"""


async def flag(connection: Connection, contribution: ContributionId, voter: bytes, rule: str, words: str) -> bool:
    """Keep that one person holds a contribution to break a rule. Whether it is news: each person says so once."""
    return await connection.fetchval(_FLAG, contribution, voter, rule, words) is not None


async def settle(connection: Connection, contribution: ContributionId) -> None:
    """A moderator has looked at all that is held against a contribution until now."""
    await connection.execute(_SETTLE, contribution)


async def erase_words(connection: Connection, contribution: ContributionId) -> None:
    """The contribution has no words any more: there is nothing left to look at, and what was written against it may quote it."""
    await settle(connection, contribution)
    await connection.execute(_ERASE_WORDS, contribution)


async def open_flags(connection: Connection, contributions: list[ContributionId]) -> dict[ContributionId, Flags]:
    """What is held against these and was not looked at yet; nothing for those against which nothing is."""
    rules: dict[ContributionId, list[tuple[str, int]]] = {}
    for row in await connection.fetch(_OPEN, contributions):
        rules.setdefault(row["contribution"], []).append((row["rule"], row["number"]))
    words: dict[ContributionId, list[str]] = {}
    for row in await connection.fetch(_WORDS, list(rules), MOST_WORDS):
        words.setdefault(row["contribution"], []).append(row["words"])
    return {id: Flags(tuple(named), tuple(words.get(id, ()))) for id, named in rules.items()}
