"""The texts put to consultation: their trees, the nodes people comment on, and the questions they vote on."""

from typing import Any

import msgspec

from server.kernel.ids import ConsultationId, NodeId, QuestionId
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
_DROP_QUESTIONS = "delete from questions where consultation = $1"
_ADD_QUESTION = "insert into questions (consultation, node, statement, position) values ($1, $2, $3, $4)"
_NODES = "select id, place, anchor from nodes where consultation = $1 and version = $2 order by position"
_QUESTIONS = "select id, node, statement, options from questions where consultation = $1 order by position"


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


async def read_questions(connection: Connection, consultation: ConsultationId) -> list[Question]:
    """The questions of a consultation, in order."""
    return [Question(*row) for row in await connection.fetch(_QUESTIONS, consultation)]
