"""Lists of contributions in the orders readers ask for, the answers to them, and their numbers; each read by an index or from counts."""

from typing import Literal, get_args

import msgspec

from server.kernel.ids import ConsultationId, ContributionId, NodeId
from server.store.connection import Connection
from server.store.reading import CONTRIBUTION_COLUMNS, Row

Order = Literal["newest", "supported", "contested", "unanswered"]
Where = NodeId | Literal["whole", "gone"]
"""A điều or annex; what speaks of the whole draft; or what speaks of words that the newest version has no more."""

GONE = NodeId("-")
"""Stands for the list of what speaks of words that the newest version has no more, or of which it is not certain where they are."""

_LISTED = f"""
select {CONTRIBUTION_COLUMNS} from contributions
where consultation = $1 and listed_under = $2 and state = 'visible' and parent is null
"""
_BY_ID = _LISTED + "and id < $3"
_PAGES: dict[Order, str] = {
    "newest": _BY_ID + " order by id desc limit $4",
    "unanswered": _BY_ID + " and disposition is null order by id desc limit $4",
    "supported": _LISTED + "and (supports, id) < ($5, $3) order by supports desc, id desc limit $4",
    "contested": _LISTED + "and (contested, id) < ($5, $3) order by contested desc, id desc limit $4",
}
ORDERS: tuple[Order, ...] = get_args(Order)
_LISTS = {"whole": "", "gone": "-"}
_ANSWERS = f"""
select {CONTRIBUTION_COLUMNS} from contributions
where state = 'visible' and parent = any($1 || array(select id from contributions where parent = any($1))) order by id
"""
_BY_NODE = """
select nullif(node, '') as node, sum(contributions)::bigint as total from counts
where consultation = $1 and node <> '-' group by node having sum(contributions) > 0
"""
_GONE = "select coalesce(sum(contributions), 0)::bigint from counts where consultation = $1 and place = '-'"
_BY_KIND = """
select kind, channel, verified, sum(contributions)::bigint as contributions from counts
where consultation = $1 group by kind, channel, verified having sum(contributions) > 0 order by kind, channel, verified
"""
_PEOPLE = """
select kind, channel, verified, count(distinct author) + count(*) filter (where author is null) as people from contributions
where consultation = $1 and state = 'visible' group by kind, channel, verified order by kind, channel, verified
"""

_TEXTS = "select id, text from contributions where consultation = $1 and state = $2 and erased_at is null order by id"

LARGEST = 2**62
BEGINNING = (LARGEST, LARGEST)
"""Begins a list."""


class Number(msgspec.Struct, frozen=True):
    """How many of one unit (contributions, or people) of one kind of contributor, by one channel, verified or not."""

    kind: str
    channel: str
    verified: bool
    number: int


def place_in(order: Order, row: Row) -> tuple[int, int]:
    """Where the next page goes on after ``row``."""
    rank = {"supported": row.supports, "contested": min(row.replies_for, row.replies_against)}.get(order, 0)
    return rank, row.id


async def page(
    connection: Connection, consultation: ConsultationId, where: Where, order: Order, after: tuple[int, int], limit: int
) -> list[Row]:
    """At most ``limit`` visible contributions that answer no other, after the place ``after`` in this order."""
    asked = [consultation, _LISTS.get(where, where), after[1], limit]
    if order in ("supported", "contested"):
        asked.append(min(after[0], 2**31 - 1))
    return [Row(*row) for row in await connection.fetch(_PAGES[order], *asked)]


async def answers_to(connection: Connection, contributions: list[ContributionId]) -> dict[ContributionId, list[Row]]:
    """The visible answers to these contributions and the answers to those, by what they answer, the oldest first."""
    found: dict[ContributionId, list[Row]] = {}
    for row in await connection.fetch(_ANSWERS, contributions):
        found.setdefault(row["parent"], []).append(Row(*row))
    return found


async def totals_by_node(connection: Connection, consultation: ConsultationId) -> dict[NodeId | None, int]:
    """How many contributions everyone can see on each node itself (null: on the whole draft)."""
    return {row["node"]: row["total"] for row in await connection.fetch(_BY_NODE, consultation)}


async def total_gone(connection: Connection, consultation: ConsultationId) -> int:
    """How many visible contributions speak of words that the newest version has no more."""
    number: int = await connection.fetchval(_GONE, consultation)
    return number


async def contributions_by_kind(connection: Connection, consultation: ConsultationId) -> list[Number]:
    """How many contributions everyone can see; the unit is contributions."""
    return [Number(*row) for row in await connection.fetch(_BY_KIND, consultation)]


async def people_by_kind(connection: Connection, consultation: ConsultationId) -> list[Number]:
    """How many people have a visible contribution or answer; the unit is people, and who spoke as two kinds is in both.

    Who has no account is one person for each opinion that was entered.
    """
    return [Number(*row) for row in await connection.fetch(_PEOPLE, consultation)]


async def texts_in(connection: Connection, consultation: ConsultationId, state: str) -> list[tuple[ContributionId, str]]:
    """The words of all contributions in ``state``, answers to others included, for who moderates or answers them."""
    return [(row["id"], row["text"]) for row in await connection.fetch(_TEXTS, consultation, state)]
