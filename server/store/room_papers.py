"""The papers of a room: what is known of each, its versions with their bytes and words, private notes, and who has opened what."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from consultations.tree import search_key
from rooms.papers import Audience, ForWhom
from server.kernel.ids import PaperId, PersonId, RoomId, Who
from server.store.connection import Connection, Database


class RoomPaper(msgspec.Struct, frozen=True):
    """A paper with its newest version. ``size`` is in bytes; ``readers`` as in ``rooms.papers.ForWhom``."""

    id: PaperId
    room: RoomId
    title: str
    audience: Audience
    readers: tuple[Who, ...] | None
    added_by: Who
    version: int
    file_name: str
    converted: bool
    size: int
    sha256: str
    pages: int
    at: datetime

    @property
    def for_whom(self) -> ForWhom:
        return ForWhom(self.audience, self.readers)


class Version(msgspec.Struct, frozen=True):
    """One version of a paper. ``size`` and ``directory_size`` are in bytes, the second of what stands behind the file."""

    number: int
    file_name: str
    converted: bool
    size: int
    directory_size: int
    pages: int
    at: datetime


class NewVersion(msgspec.Struct, frozen=True):
    """A PDF to be kept: ``words`` are those of each page, ``directory`` is as in ``server.documents.pdf_directory``."""

    file_name: str
    converted: bool
    sha256: str
    data: bytes
    words: list[str]
    directory: bytes = b""


class Opening(msgspec.Struct, frozen=True):
    """Who has opened a version, first and last when. A name is empty where none is kept."""

    who: Who
    name: str
    version: int
    first_at: datetime
    last_at: datetime


_COLUMNS = """
p.id, p.room, p.title, p.audience, p.readers, p.added_by, v.version, v.file_name, v.converted, v.size, v.sha256, v.pages, v.at
from room_papers as p join room_paper_versions as v on v.paper = p.id and v.version = p.version
"""
_LIST = f"select {_COLUMNS} where p.room = $1 and p.removed_at is null order by p.id"
_ONE = f"select {_COLUMNS} where p.room = $1 and p.id = $2 and p.removed_at is null"
_VERSIONS = (
    "select version, file_name, converted, size, directory_size, pages, at from room_paper_versions where paper = $1 order by version desc"
)


async def list_papers(database: Database, room: RoomId) -> list[RoomPaper]:
    """The papers of a room in the order in which they came, whoever asks: ``rooms.papers.may_read`` says who may know of which."""
    return [_paper(*row) for row in await database.fetch(_LIST, room)]


async def find_paper(database: Database, room: RoomId, paper: PaperId) -> RoomPaper | None:
    """One paper of this room, whoever asks."""
    row = await database.fetchrow(_ONE, room, paper)
    return None if row is None else _paper(*row)


async def list_versions(database: Database, paper: PaperId) -> list[Version]:
    """The versions of a paper, the newest first."""
    return [Version(*row) for row in await database.fetch(_VERSIONS, paper)]


def _paper(*row: object) -> RoomPaper:
    id, room, title, audience, readers, *rest = row
    return RoomPaper(id, room, title, audience, None if readers is None else tuple(readers), *rest)  # type: ignore[arg-type]


# --- adding --------------------------------------------------------------------------------------------------------------

_COUNT = "select count(*) from room_papers where room = $1 and removed_at is null"
_ADD = """
insert into room_papers (room, title, search_key, audience, readers, version, added_by) values ($1, $2, $3, $4, $5, 0, $6) returning id
"""
_NEXT_VERSION = "update room_papers set version = version + 1 where id = $1 returning version"
_ADD_VERSION = """
insert into room_paper_versions (paper, version, file_name, converted, size, directory_size, sha256, pages)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ADD_BYTES = "insert into room_paper_bytes (paper, version, bytes) values ($1, $2, $3)"
_ADD_WORDS = "insert into room_paper_pages (paper, version, page, text, search_key) values ($1, $2, $3, $4, $5)"
_REMOVE = "update room_papers set removed_at = now() where id = $1"
_SET_READERS = """
update room_papers set readers = $3 where room = $1 and id = $2 and removed_at is null and readers is distinct from $3
"""


async def count_papers(connection: Connection, room: RoomId) -> int:
    """How many papers a room has."""
    return int(await connection.fetchval(_COUNT, room))


_COUNT_VERSIONS = """
select count(*) from room_paper_versions as v join room_papers as p on p.id = v.paper where p.room = $1
"""


async def count_versions(connection: Connection, room: RoomId) -> int:
    """How many versions a room's papers have, those taken out as well."""
    return int(await connection.fetchval(_COUNT_VERSIONS, room))


async def add_paper(connection: Connection, room: RoomId, title: str, for_whom: ForWhom, by: Who) -> PaperId:
    """A paper that has no version yet; ``add_version`` in the same transaction gives it the first."""
    readers = None if for_whom.readers is None else list(for_whom.readers)
    return PaperId(await connection.fetchval(_ADD, room, title, search_key(title), for_whom.audience, readers, by))


async def add_version(connection: Connection, paper: PaperId, new: NewVersion) -> int:
    """The number of a new version of a paper, with its bytes and words."""
    number = int(await connection.fetchval(_NEXT_VERSION, paper))
    sizes = len(new.data), len(new.directory)
    await connection.execute(_ADD_VERSION, paper, number, new.file_name, new.converted, *sizes, new.sha256, len(new.words))
    await connection.execute(_ADD_BYTES, paper, number, new.data + new.directory)
    words = await asyncio.to_thread(_keyed, new.words)  # seconds of work for thousands of pages
    await connection.executemany(_ADD_WORDS, [(paper, number, *one) for one in words])
    return number


def _keyed(words: Sequence[str]) -> list[tuple[int, str, str]]:
    return [(page, text, search_key(text)) for page, text in enumerate(words, 1) if text]


async def remove_paper(connection: Connection, paper: PaperId) -> None:
    """Take a paper out."""
    await connection.execute(_REMOVE, paper)


async def set_readers(connection: Connection, room: RoomId, readers: Mapping[PaperId, tuple[Who, ...] | None]) -> None:
    """Papers are for those for whom the items are that have them: see ``rooms.papers.readers_by_agenda``. A paper that no item has any more
    is not opened by that."""
    rows = [(room, paper, None if who is None else list(who)) for paper, who in readers.items()]
    await connection.executemany(_SET_READERS, rows)


# --- reading -------------------------------------------------------------------------------------------------------------

# substring() of what is stored uncompressed reads only the pieces that it needs.
_PART = "select substring(bytes from $3 for $4) from room_paper_bytes where paper = $1 and version = $2"
_SEARCH = """
select p.id, g.page, g.text from room_papers as p
join room_paper_pages as g on g.paper = p.id and g.version = p.version
where p.id = any ($1::bigint[]) and strpos(g.search_key, $2) > 0 order by p.id, g.page limit $3
"""
_OPENED = """
insert into room_paper_openings (paper, version, who) values ($1, $2, $3)
on conflict (paper, version, who) do update set last_at = now()
"""
_OPENINGS = """
select o.who, coalesce(n.name, c.display_name, ''), o.version, o.first_at, o.last_at
from room_paper_openings as o join room_papers as p on p.id = o.paper
left join room_names as n on n.room = p.room and n.who = o.who
left join contacts as c on 'p' || c.person = o.who
where o.paper = $1 order by o.version desc, o.first_at
"""


async def read_part(database: Database, paper: PaperId, version: int, start: int, length: int) -> bytes:
    """At most ``length`` bytes from byte ``start`` (from 0) of a version and its directory; empty for one that is not there."""
    part: bytes | None = await database.fetchval(_PART, paper, version, start + 1, length)
    return part or b""


async def search_pages(database: Database, papers: list[PaperId], key: str, limit: int) -> list[tuple[PaperId, int, str]]:
    """The pages of the newest versions of ``papers`` that hold ``key`` (``consultations.tree.search_key``), each with its words."""
    return [(row["id"], row["page"], row["text"]) for row in await database.fetch(_SEARCH, papers, key, limit)]


async def note_opening(database: Database, paper: PaperId, version: int, who: Who) -> None:
    """Somebody has opened a version."""
    await database.execute(_OPENED, paper, version, who)


async def list_openings(database: Database, paper: PaperId) -> list[Opening]:
    """Who has opened a paper, the newest version first."""
    return [Opening(*row) for row in await database.fetch(_OPENINGS, paper)]


# --- notes ---------------------------------------------------------------------------------------------------------------

_NOTES = "select page, text from room_paper_notes where person = $1 and paper = $2 order by page"
_WRITE_NOTE = """
insert into room_paper_notes (person, paper, page, text)
select $1, $2, $3, $4 where (
    select count(*) from room_paper_notes as n join room_papers as p on p.id = n.paper
    where n.person = $1 and p.room = $5 and (n.paper, n.page) <> ($2, $3)
) < $6
on conflict (person, paper, page) do update set text = excluded.text, at = now()
"""
_DROP_NOTE = "delete from room_paper_notes where person = $1 and paper = $2 and page = $3"


async def read_notes(database: Database, person: PersonId, paper: PaperId) -> list[tuple[int, str]]:
    """One's own notes on a paper: page and words."""
    return [(row["page"], row["text"]) for row in await database.fetch(_NOTES, person, paper)]


async def write_note(database: Database, person: PersonId, room: RoomId, paper: PaperId, page: int, text: str, most: int) -> bool:
    """Keep one's own note on a page in the place of the one before; an empty one is forgotten. False when one has ``most`` in this room."""
    if not text:
        await database.execute(_DROP_NOTE, person, paper, page)
        return True
    done: str = await database.execute(_WRITE_NOTE, person, paper, page, text, room, most)
    return done != "INSERT 0 0"
