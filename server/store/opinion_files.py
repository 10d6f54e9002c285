"""Files of opinions that officers upload, line by line until they are entered, and where contributions entered by officers come from."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from consultations.entering import Opinion
from server.kernel.ids import ConsultationId, ContributionId, NodeId, PersonId
from server.store.connection import Connection, Database


class OpinionFile(msgspec.Struct, frozen=True):
    """One file. ``state`` is read, asked (it is being entered), entered or failed, ``why`` the code of the refusal for which it failed.

    ``version`` is that of the draft in which its clauses were looked up, ``unknown`` are headers that mean nothing here. ``revision``
    grows with each choice of lines. ``done`` lines are written so far; ``entered`` contributions came of it.
    """

    id: int
    sha256: str
    file_name: str
    version: int
    unknown: list[str]
    at: datetime
    state: str
    revision: int
    why: str
    done: int
    entered: int


class OpinionLine(msgspec.Struct, frozen=True):
    """One line of it. ``state`` is ready, alike (nearly what ``alike`` says), repeated (word for word what the same name has said),
    known (entered before) or faulty; ``alike`` is a contribution, below zero a line. Only what is ``taken`` will be entered."""

    opinion: Opinion
    state: str
    alike: int | None
    taken: bool


class Counted(msgspec.Struct, frozen=True):
    """How many lines are in one state, and how many of them are taken."""

    state: str
    lines: int
    taken: int


class Provenance(msgspec.Struct, frozen=True):
    """Where an entered contribution comes from, for those who moderate: who entered it, and the file and its line if it was one."""

    entered_by: str
    file_name: str | None
    sha256: str | None
    line: int | None


_COLUMNS = "id, sha256, file_name, version, unknown, at, state, revision, why, done, entered"
# What is being entered stays as it is.
_KEEP = """
insert into opinion_files as f (consultation, sha256, file_name, version, unknown, uploaded_by) values ($1, $2, $3, $4, $5, $6)
on conflict (consultation, sha256) do update
set file_name = excluded.file_name, version = excluded.version, unknown = excluded.unknown, uploaded_by = excluded.uploaded_by,
    at = now(), state = 'read', revision = f.revision + 1, why = '', done = 0
where f.state <> 'asked' returning id
"""
_FIND = "select id from opinion_files where consultation = $1 and sha256 = $2"
_DROP_LINES = "delete from opinion_lines where file = $1"
_KEEP_LINES = """
insert into opinion_lines (file, line, opinion, state, alike, taken)
select f.id, (one -> 'opinion' ->> 'line')::int, one -> 'opinion', one ->> 'state', (one ->> 'alike')::bigint,
    (one ->> 'taken')::boolean and f.entered = 0
from opinion_files as f, jsonb_array_elements($2) as one where f.id = $1
"""
_READ = f"select {_COLUMNS} from opinion_files where consultation = $1 and id = $2"
_LIST = f"select {_COLUMNS} from opinion_files where consultation = $1 order by at desc, id desc limit $2"
_LINES = """
select opinion, state, alike, taken from opinion_lines
where file = $1 and ($2::text[] is null or state = any ($2)) order by line limit $3 offset $4
"""
_COUNT = "select state, count(*) as lines, count(*) filter (where taken) as taken from opinion_lines where file = $1 group by state"
_CHOOSE = """
update opinion_lines set taken = line = any ($3)
where file = $1 and line = any ($2) and state in ('ready', 'alike', 'repeated') and taken <> (line = any ($3)) returning line
"""
_CHOSEN = "update opinion_files set revision = revision + 1 where id = $1 and state in ('read', 'failed')"
_OPEN = "select id from opinion_files where id = $1 and state in ('read', 'failed') for update"
_ASK = """
update opinion_files set state = 'asked', why = '', done = 0
where id = $1 and revision = $2 and state in ('read', 'failed') returning id
"""
_BEGIN = f"select consultation, {_COLUMNS} from opinion_files where id = $1 and state = 'asked'"
_TAKEN = "select opinion from opinion_lines where file = $1 and taken order by line"
_TELL = "update opinion_files set done = $2 where id = $1 and state = 'asked'"
_FINISH = "update opinion_files set state = 'entered', entered = entered + $2 where id = $1 and state = 'asked'"
_FAIL = "update opinion_files set state = 'failed', why = $2, done = 0 where id = $1 and state = 'asked'"
_DROP = "delete from opinion_files where consultation = $1 and id = $2 and state in ('read', 'failed') and entered = 0"
_CLOSE = "update opinion_files set state = 'entered' where consultation = $1 and id = $2 and state in ('read', 'failed') and entered > 0"
_DROP_OLD = "delete from opinion_files where state in ('read', 'failed') and entered = 0 and at < now() - make_interval(days => $1)"
_KNOWN = "select source_key from contributions where consultation = $1 and source_key = any ($2)"
_SAID = """
select id, name, here_node as node, text from contributions
where consultation = $1 and parent is null and state <> 'withdrawn' order by id
"""
_PROVENANCE = """
select k.id, coalesce(c.display_name, '') as entered_by, f.file_name, f.sha256, split_part(k.source_key, ':', 3) as line
from contributions as k left join contacts as c on c.person = k.entered_by
left join opinion_files as f on f.consultation = k.consultation and k.channel = 'imported' and f.sha256 = split_part(k.source_key, ':', 2)
where k.id = any ($1) and k.channel <> 'online'
"""


def source_key(sha256: str, line: int) -> str:
    """What tells one line of a file from all other sources."""
    return f"file:{sha256}:{line}"


async def keep(
    connection: Connection,
    consultation: ConsultationId,
    file: tuple[str, str],
    version: int,
    unknown: Sequence[str],
    by: PersonId,
    lines: Sequence[OpinionLine],
) -> int:
    """Keep a file, (SHA-256, name), and its lines in the place of what was read of it before; its number. In a transaction.

    Of a file that was entered before, no line is taken: what was left out of it then is left out until somebody chooses otherwise.
    """
    number: int | None = await connection.fetchval(_KEEP, consultation, *file, version, [*unknown], by)
    if number is None:
        found: int = await connection.fetchval(_FIND, consultation, file[0])
        return found
    await connection.execute(_DROP_LINES, number)
    await connection.execute(_KEEP_LINES, number, msgspec.to_builtins([*lines]))
    return number


async def read(connection: Connection, consultation: ConsultationId, file: int) -> OpinionFile | None:
    """One file of a consultation."""
    row = await connection.fetchrow(_READ, consultation, file)
    return None if row is None else OpinionFile(*row)


async def list_files(connection: Connection, consultation: ConsultationId, limit: int) -> list[OpinionFile]:
    """The files of a consultation, the newest first."""
    return [OpinionFile(*row) for row in await connection.fetch(_LIST, consultation, limit)]


async def read_lines(connection: Connection, file: int, states: Sequence[str] | None, limit: int, offset: int) -> list[OpinionLine]:
    """A page of the lines in some states (None: in all), in their order."""
    rows = await connection.fetch(_LINES, file, None if states is None else [*states], limit, offset)
    return [OpinionLine(msgspec.convert(row["opinion"], Opinion), row["state"], row["alike"], row["taken"]) for row in rows]


async def count_lines(connection: Connection, file: int) -> dict[str, Counted]:
    """How many lines there are, by state."""
    return {row["state"]: Counted(*row) for row in await connection.fetch(_COUNT, file)}


async def choose(connection: Connection, file: int, shown: Sequence[int], taken: Sequence[int]) -> None:
    """Of the lines that were ``shown`` take those ``taken`` and leave out the others. In a transaction."""
    if await connection.fetchval(_OPEN, file) is not None and await connection.fetch(_CHOOSE, file, [*shown], [*taken]):
        await connection.execute(_CHOSEN, file)


async def ask(connection: Connection, file: int, revision: int) -> bool:
    """Have the lines entered that are taken, if they are those of this revision."""
    return await connection.fetchval(_ASK, file, revision) is not None


async def begin(connection: Connection, file: int) -> tuple[ConsultationId, OpinionFile, list[Opinion]] | None:
    """A file that is to be entered, with its consultation and the lines taken; nothing when it is not, or not any more."""
    row = await connection.fetchrow(_BEGIN, file)
    if row is None:
        return None
    lines = [msgspec.convert(line["opinion"], Opinion) for line in await connection.fetch(_TAKEN, file)]
    return row[0], OpinionFile(*row[1:]), lines


async def tell_done(database: Database, file: int, done: int) -> None:
    """Say how many lines are written."""
    await database.execute(_TELL, file, done)


async def finish(connection: Connection, file: int, entered: int) -> None:
    """A file is entered; so many contributions came of it, and its lines go. In a transaction."""
    await connection.execute(_FINISH, file, entered)
    await connection.execute(_DROP_LINES, file)


async def fail(database: Database, file: int, why: str) -> None:
    """Nothing of a file could be entered."""
    await database.execute(_FAIL, file, why)


async def drop(connection: Connection, consultation: ConsultationId, file: int) -> None:
    """Forget the lines of a file that is not being entered; the file too when nothing of it ever was. In a transaction."""
    await connection.execute(_DROP, consultation, file)
    if await connection.execute(_CLOSE, consultation, file) == "UPDATE 1":
        await connection.execute(_DROP_LINES, file)


async def drop_old(database: Database, days: int) -> None:
    """Forget files of which nothing was entered for so long."""
    await database.execute(_DROP_OLD, days)


async def known_keys(connection: Connection, consultation: ConsultationId, keys: Sequence[str]) -> set[str]:
    """Those sources of which something was entered before."""
    return {row["source_key"] for row in await connection.fetch(_KNOWN, consultation, [*keys])}


async def said(connection: Connection, consultation: ConsultationId) -> list[tuple[ContributionId, str, NodeId | None, str]]:
    """All that was said until now: number, name, node in the newest version, text."""
    return [(row["id"], row["name"], row["node"], row["text"]) for row in await connection.fetch(_SAID, consultation)]


async def provenance(connection: Connection, contributions: Sequence[ContributionId]) -> dict[ContributionId, Provenance]:
    """Where those of ``contributions`` come from that officers entered."""
    rows = await connection.fetch(_PROVENANCE, [*contributions])
    return {
        row["id"]: Provenance(row["entered_by"], row["file_name"], row["sha256"], int(row["line"]) if row["sha256"] else None)
        for row in rows
    }
