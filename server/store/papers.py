"""The dossier of a consultation: what is known of each file, and its bytes apart."""

from consultations.papers import Paper
from server.kernel.ids import ConsultationId, PaperId
from server.store.connection import Connection

_COLUMNS = "id, kind, title, file_name, media_type, size, sha256"
_NEXT = "select nextval(pg_get_serial_sequence('papers', 'id'))"
_ADD = f"""
insert into papers ({_COLUMNS}, consultation) overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ADD_BYTES = "insert into paper_bytes (paper, bytes) values ($1, $2)"
_REMOVE = "delete from papers where id = $1"
_LIST = f"select {_COLUMNS} from papers where consultation = $1 order by id"
_READ = f"""
select {_COLUMNS}, bytes from papers join paper_bytes on paper = id where consultation = $1 and id = $2
"""


async def next_paper_id(connection: Connection) -> PaperId:
    """A new id for a paper."""
    return PaperId(await connection.fetchval(_NEXT))


async def add_paper(connection: Connection, consultation: ConsultationId, paper: Paper) -> None:
    """What is known of a paper; ``keep_bytes`` in the same transaction keeps the rest."""
    await connection.execute(
        _ADD, paper.id, paper.kind, paper.title, paper.file_name, paper.media_type, paper.size, paper.sha256, consultation
    )


async def keep_bytes(connection: Connection, paper: PaperId, data: bytes) -> None:
    """The bytes of a paper."""
    await connection.execute(_ADD_BYTES, paper, data)


async def remove_paper(connection: Connection, paper: PaperId) -> None:
    """Drop a paper with its bytes."""
    await connection.execute(_REMOVE, paper)


async def list_papers(connection: Connection, consultation: ConsultationId) -> list[Paper]:
    """The papers of a consultation in the order in which they came, without their bytes."""
    return [Paper(*row) for row in await connection.fetch(_LIST, consultation)]


async def read_paper(connection: Connection, consultation: ConsultationId, paper: PaperId) -> tuple[Paper, bytes] | None:
    """One paper of this consultation with its bytes, or nothing."""
    row = await connection.fetchrow(_READ, consultation, paper)
    return None if row is None else (Paper(*tuple(row)[:-1]), row["bytes"])
