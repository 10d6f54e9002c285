"""The texts put to consultation: their trees, the nodes people comment on, and the questions they vote on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from consultations.contribution import DEEPEST
from server.kernel.ids import ConsultationId, ContributionId, NodeId, QuestionId
from server.store.connection import Connection


class Version(msgspec.Struct, frozen=True):
    """One version of a draft as stored: trees and lists are JSON values that ``consultations.tree`` reads."""

    number: int
    file_name: str
    draft: Any
    left_out: Any
    warnings: Any
    translation: Any


class Question(msgspec.Struct, frozen=True):
    """What people vote on: an article (``node``) or a statement, with ``options`` choices."""

    id: QuestionId
    node: NodeId | None
    statement: str | None
    options: int


class Placement(msgspec.Struct, frozen=True):
    """Where a contribution of an earlier version is in a later one; ``state`` is kept, moved, changed or removed. ``node`` is null where
    its words are gone, or where several places are as good as each other."""

    contribution: ContributionId
    state: str
    node: NodeId | None
    place: NodeId | None
    doubtful: bool


class PlacedNode(msgspec.Struct, frozen=True):
    """A node that may be commented on, the điều or annex that lists its contributions, its permalink, its order."""

    id: NodeId
    place: NodeId
    anchor: str


# A list of statements takes the nodes away; the words of the text that it replaced are no version any more.
_VERSION = """
select v.number, v.file_name, v.draft, v.left_out, v.warnings, v.translation from versions as v
where v.consultation = $1 and v.number = $2
    and exists (select from nodes as n where n.consultation = v.consultation and n.version = v.number)
"""
_PLACE = """
insert into versions (consultation, number, file_name, draft, left_out, warnings, translation) values ($1, 1, $2, $3, $4, $5, $6)
on conflict (consultation, number) do update
set file_name = excluded.file_name, draft = excluded.draft, left_out = excluded.left_out, warnings = excluded.warnings,
    translation = excluded.translation, at = now()
"""
_DROP_NODES = "delete from nodes where consultation = $1 and version = 1"
_ADD_NODE = "insert into nodes (consultation, version, id, place, anchor, position) values ($1, 1, $2, $3, $4, $5)"
_DROP_QUESTIONS = "delete from questions where consultation = $1 and part = 'draft'"
_ADD_QUESTION = "insert into questions (consultation, node, statement, position) values ($1, $2, $3, $4)"
_ADD_VERSION = """
insert into versions (consultation, number, file_name, draft, left_out, warnings, translation) values ($1, $2, $3, $4, $5, $6, $7)
"""
_ADD_NODES = "insert into nodes (consultation, version, id, place, anchor, position) values ($1, $2, $3, $4, $5, $6)"
_ADD_PREDECESSOR = "insert into predecessors (consultation, version, node, predecessor) values ($1, $2, $3, $4)"
_END_QUESTIONS = "update questions set state = 'closed' where consultation = $1 and part = 'draft' and version < $2"
_ADD_QUESTION_OF = "insert into questions (consultation, node, position, version) values ($1, $2, $3, $4)"
_ADD_PLACEMENT = "insert into placements (contribution, version, state, node, place, doubtful) values ($1, $2, $3, $4, $5, $6)"
# Where no node is known, the words stand nowhere, and never under other words.
_MOVE = """
update contributions as k
set here_node = p.node, here_place = p.place, here_state = case when p.node is null then 'removed' else p.state end,
    here_doubtful = p.doubtful
from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[]) as p (id, state, node, place, doubtful)
where k.id = p.id and k.consultation = $1
"""
_MOVE_ANSWERS = """
update contributions as k
set here_node = p.here_node, here_place = p.here_place, here_state = p.here_state, here_doubtful = p.here_doubtful
from contributions as p where k.parent = p.id and k.consultation = $1 and k.depth = $2
"""
_NODES = "select id, place, anchor from nodes where consultation = $1 and version = $2 order by position"
_QUESTIONS = """
select id, node, statement, options from questions
where consultation = $1 and part = 'draft' and version = coalesce($2, (select version from consultations where id = $1)) order by position
"""
_PREDECESSORS = "select node, predecessor from predecessors where consultation = $1 and version = $2"
_NUMBERS = "select number, file_name, at from versions where consultation = $1 order by number"
_PLACEMENTS = """
select p.contribution, p.state, p.node, p.place, p.doubtful
from placements as p join contributions as k on k.id = p.contribution where k.consultation = $1 and p.version = $2
"""
_HISTORY = "select version, state, node, place, doubtful from placements where contribution = $1 order by version"


async def read_version(connection: Connection, consultation: ConsultationId, number: int) -> Version | None:
    """One version of the draft, or nothing."""
    row = await connection.fetchrow(_VERSION, consultation, number)
    return None if row is None else Version(*row)


async def place_text(
    connection: Connection, consultation: ConsultationId, version: Version, nodes: list[PlacedNode], articles: list[NodeId]
) -> None:
    """Put a text in the place of any earlier one, with a question on each of ``articles``. Only for a consultation in draft."""
    await connection.execute(
        _PLACE, consultation, version.file_name, version.draft, version.left_out, version.warnings, version.translation
    )
    await connection.execute(_DROP_NODES, consultation)
    await connection.executemany(
        _ADD_NODE, [(consultation, node.id, node.place, node.anchor, position) for position, node in enumerate(nodes)]
    )
    await connection.execute(_DROP_QUESTIONS, consultation)
    await connection.executemany(_ADD_QUESTION, [(consultation, node, None, position) for position, node in enumerate(articles)])


async def place_statements(connection: Connection, consultation: ConsultationId, statements: list[str]) -> None:
    """Put a plain list of statements to the vote, in the place of any earlier one. Only for a consultation in draft."""
    await connection.execute(_DROP_NODES, consultation)
    await connection.execute(_DROP_QUESTIONS, consultation)
    await connection.executemany(_ADD_QUESTION, [(consultation, None, text, position) for position, text in enumerate(statements)])


async def read_nodes(connection: Connection, consultation: ConsultationId, number: int) -> list[PlacedNode]:
    """The nodes of one version that may be commented on, in reading order."""
    return [PlacedNode(*row) for row in await connection.fetch(_NODES, consultation, number)]


async def read_questions(connection: Connection, consultation: ConsultationId, version: int | None = None) -> list[Question]:
    """What people vote on of one version's text (None: of the newest), or the statements, in order."""
    return [Question(*row) for row in await connection.fetch(_QUESTIONS, consultation, version)]


async def place_version(
    connection: Connection,
    consultation: ConsultationId,
    version: Version,
    nodes: list[PlacedNode],
    articles: list[NodeId],
    predecessors: Mapping[NodeId, Sequence[NodeId]],
    placements: Sequence[Placement],
) -> None:
    """Put the next version of a published text beside those before it.

    ``articles`` are those to vote on from now; votes on earlier versions end and stay as they are. ``placements`` has every
    contribution on a node that answers no other; answers go with what they answer.
    """
    number = version.number
    await connection.execute(
        _ADD_VERSION, consultation, number, version.file_name, version.draft, version.left_out, version.warnings, version.translation
    )
    await connection.executemany(
        _ADD_NODES, [(consultation, number, node.id, node.place, node.anchor, position) for position, node in enumerate(nodes)]
    )
    before = [(consultation, number, node, earlier) for node, its in predecessors.items() for earlier in dict.fromkeys(its)]
    await connection.executemany(_ADD_PREDECESSOR, before)
    await connection.execute(_END_QUESTIONS, consultation, number)
    await connection.executemany(_ADD_QUESTION_OF, [(consultation, node, position, number) for position, node in enumerate(articles)])
    rows = [(one.contribution, one.state, one.node, one.place, one.doubtful) for one in placements]
    await connection.executemany(_ADD_PLACEMENT, [(row[0], number, *row[1:]) for row in rows])
    await connection.execute(_MOVE, consultation, *([list(column) for column in zip(*rows, strict=True)] or [[]] * 5))
    for depth in range(1, DEEPEST + 1):
        await connection.execute(_MOVE_ANSWERS, consultation, depth)


async def list_versions(connection: Connection, consultation: ConsultationId) -> list[tuple[int, str, datetime]]:
    """The versions of a draft: number, name of the file, when it was put in place."""
    return [(row["number"], row["file_name"], row["at"]) for row in await connection.fetch(_NUMBERS, consultation)]


async def read_predecessors(connection: Connection, consultation: ConsultationId, version: int) -> dict[NodeId, list[NodeId]]:
    """For each node of a version the nodes of the version before it from which it came."""
    found: dict[NodeId, list[NodeId]] = {}
    for row in await connection.fetch(_PREDECESSORS, consultation, version):
        found.setdefault(row["node"], []).append(row["predecessor"])
    return found


async def nodes_now(connection: Connection, consultation: ConsultationId, node: NodeId, version: int, newest: int) -> set[NodeId]:
    """What a node of ``version`` has become in the ``newest``: nothing when it is gone, several when it was split."""
    now = {node}
    for later in range(version + 1, newest + 1):
        before = await read_predecessors(connection, consultation, later)
        now = {after for after, earlier in before.items() if now & set(earlier)}
    return now


async def read_placements(connection: Connection, consultation: ConsultationId, version: int) -> dict[ContributionId, Placement]:
    """Where the contributions of earlier versions are in this one."""
    return {row["contribution"]: Placement(*row) for row in await connection.fetch(_PLACEMENTS, consultation, version)}


async def placements_of(connection: Connection, contribution: ContributionId) -> dict[int, Placement]:
    """Where one contribution is in each later version, by its number."""
    rows = await connection.fetch(_HISTORY, contribution)
    return {row["version"]: Placement(contribution, *tuple(row)[1:]) for row in rows}
