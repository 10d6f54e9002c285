"""What lies with a motion: papers of its room, and files to the opinions of those who vote by name."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from rooms.minutes import Attached
from server.kernel.ids import MotionId, PaperId, Who
from server.store.connection import Connection, Database
from server.store.room_papers import NewVersion


class BallotFile(msgspec.Struct, frozen=True):
    """A file to the opinion of ``member``, added ``by`` them or by a substitute; ``size`` is in bytes."""

    id: int
    member: Who
    by: Who
    file_name: str
    pages: int
    size: int
    sha256: str
    at: datetime


_COLUMNS = "id, member, given_by, file_name, pages, size, sha256, at"
_LIST = f"select {_COLUMNS} from ballot_files where motion = $1 order by id"
_NAMES = """
select motion, member, array_agg(file_name order by id) as names from ballot_files where motion = any ($1::bigint[])
group by motion, member order by motion, min(id)
"""
_BYTES = "select bytes from ballot_files where motion = $1 and id = $2"
_ADD = """
insert into ballot_files (motion, member, given_by, file_name, pages, size, sha256, bytes) values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_REMOVE = "delete from ballot_files where motion = $1 and id = $2"


async def list_files(database: Database, motion: MotionId) -> list[BallotFile]:
    """The files to all opinions on a motion, in the order in which they came."""
    return [BallotFile(*row) for row in await database.fetch(_LIST, motion)]


async def read_names(database: Database, motions: Sequence[MotionId]) -> tuple[Attached, ...]:
    """The names of the files to all opinions on these motions."""
    rows = await database.fetch(_NAMES, [*motions]) if motions else []
    return tuple(Attached(MotionId(row["motion"]), Who(row["member"]), tuple(row["names"])) for row in rows)


async def read_bytes(database: Database, motion: MotionId, file: int) -> bytes | None:
    """One of them whole; they are bounded where they come in."""
    found: bytes | None = await database.fetchval(_BYTES, motion, file)
    return found


async def add_file(connection: Connection, motion: MotionId, member: Who, by: Who, new: NewVersion) -> None:
    """Keep a file. The caller holds the motion."""
    await connection.execute(_ADD, motion, member, by, new.file_name, len(new.words), len(new.data), new.sha256, new.data)


async def remove_file(connection: Connection, motion: MotionId, file: int) -> None:
    """Forget one."""
    await connection.execute(_REMOVE, motion, file)


# --- papers of the room --------------------------------------------------------------------------------------------------

_PAPERS = "select paper, version from motion_papers where motion = $1 order by paper"
_LINK = "insert into motion_papers (motion, paper, version) values ($1, $2, $3)"
_UNLINK = "delete from motion_papers where motion = $1 and paper = $2"


async def papers_of(database: Database, motion: MotionId) -> Sequence[tuple[PaperId, int]]:
    """The papers of a motion, each with the version that was put to it."""
    return [(PaperId(row["paper"]), row["version"]) for row in await database.fetch(_PAPERS, motion)]


async def link_paper(connection: Connection, motion: MotionId, paper: PaperId, version: int) -> None:
    """Put a version of a paper of the same room to a motion, in the place of another one of it. The caller holds the motion."""
    await unlink_paper(connection, motion, paper)
    await connection.execute(_LINK, motion, paper, version)


async def unlink_paper(connection: Connection, motion: MotionId, paper: PaperId) -> None:
    """Take a paper from a motion; it stays in the room."""
    await connection.execute(_UNLINK, motion, paper)
