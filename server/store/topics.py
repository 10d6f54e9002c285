"""Numbered streams of events, and the answers of commands already carried out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from server.kernel.ids import PersonId, Topic
from server.kernel.refused import Refused
from server.store.connection import Connection


class StoredEvent(msgspec.Struct, frozen=True):
    """One event of a topic: its number, its moment (UTC), who caused it, and its body without the words of contributions."""

    seq: int
    at: datetime
    actor: PersonId | None
    type: str
    body: dict[str, Any]


_LOCK = "select seq from topics where id = $1 for update"
_CREATE = "insert into topics (id) values ($1)"
_ADVANCE = "update topics set seq = seq + $2 where id = $1 returning seq"
_INSERT = "insert into events (topic, seq, at, actor, type, body) values ($1, $2, $3, $4, $5, $6)"
_READ = "select seq, at, actor, type, body from events where topic = $1 and seq > $2 order by seq limit $3"
_HEADS = "select id, seq from topics where id = any($1)"
_ANSWER = "select digest, answer from commands where actor = $1 and id = $2"
_ANSWERS = "select id, answer, at from commands where actor = $1 and id = any($2)"
_REMEMBER = "insert into commands (actor, id, digest, answer) values ($1, $2, $3, $4)"
_FORGET = "delete from commands where at < now() - make_interval(days => $1)"


async def create_topic(connection: Connection, topic: Topic) -> None:
    """Begin a topic at number 0."""
    await connection.execute(_CREATE, topic)


async def lock_topic(connection: Connection, topic: Topic) -> int | None:
    """Hold the topic for this transaction, so that what is decided stays true until it is appended. Its number, or nothing."""
    number: int | None = await connection.fetchval(_LOCK, topic)
    return number


async def append(
    connection: Connection, topic: Topic, at: datetime, actor: PersonId | None, events: list[tuple[str, dict[str, Any]]]
) -> int:
    """Append ``events`` (type and body) and return the number of the last one."""
    last: int = await connection.fetchval(_ADVANCE, topic, len(events))
    first = last - len(events) + 1
    await connection.executemany(_INSERT, [(topic, first + i, at, actor, type, body) for i, (type, body) in enumerate(events)])
    return last


async def read_events(connection: Connection, topic: Topic, after: int, limit: int) -> list[StoredEvent]:
    """At most ``limit`` events with numbers above ``after``, in order."""
    return [StoredEvent(*row) for row in await connection.fetch(_READ, topic, after, limit)]


async def read_heads(connection: Connection, topics: list[Topic]) -> dict[Topic, int]:
    """The newest event number of each topic that exists."""
    return {row["id"]: row["seq"] for row in await connection.fetch(_HEADS, topics)}


async def first_answer(connection: Connection, actor: bytes, command: UUID, digest: int) -> tuple[bool, Any]:
    """Whether this command was carried out before, and its answer then.

    Raises:
        Refused: ``conflict`` when the id was used for something else.
    """
    row = await connection.fetchrow(_ANSWER, actor, command)
    if row is None:
        return False, None
    if row["digest"] != digest:
        raise Refused("conflict")
    return True, row["answer"]


async def answers_of(connection: Connection, actor: bytes, commands: list[UUID]) -> dict[UUID, tuple[Any, datetime]]:
    """The answers of those of ``commands`` that somebody gave and that were carried out, and when (UTC)."""
    return {row["id"]: (row["answer"], row["at"]) for row in await connection.fetch(_ANSWERS, actor, commands)}


async def remember_answer(connection: Connection, actor: bytes, command: UUID, digest: int, answer: Any) -> None:
    """Keep a command's answer, in the transaction that carried it out."""
    await connection.execute(_REMEMBER, actor, command, digest, answer)


async def forget_answers(connection: Connection, days: int) -> None:
    """Drop answers older than ``days`` days; no client repeats a command for so long."""
    await connection.execute(_FORGET, days)
