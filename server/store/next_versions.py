"""The text that an agency prepares to be the next version of its draft, and the wordings that people suggested for it."""

from datetime import datetime
from typing import Any

import msgspec

from server.kernel.ids import ConsultationId
from server.store.connection import Connection
from server.store.reading import CONTRIBUTION_COLUMNS, Row


class NextVersion(msgspec.Struct, frozen=True):
    """A text in preparation, as ``server.store.drafts.Version`` is stored. ``revision`` grows with each change of it."""

    number: int
    revision: int
    file_name: str
    draft: Any
    left_out: Any
    warnings: Any
    at: datetime


_READ = """
select number, revision, file_name, draft, left_out, warnings, at from next_versions where consultation = $1 and number = $2
"""
# A text for a number that has since been put in place is not in preparation any more.
_SAVE = """
insert into next_versions as n (consultation, number, revision, file_name, draft, left_out, warnings)
values ($1, $2, 1, $3, $4, $5, $6)
on conflict (consultation) do update
set number = excluded.number, revision = n.revision + 1, file_name = excluded.file_name, draft = excluded.draft,
    left_out = excluded.left_out, warnings = excluded.warnings, at = now()
where n.revision = $7 or n.number <> excluded.number
returning revision
"""
_DROP = "delete from next_versions where consultation = $1 and number = $2"
_SUGGESTIONS = f"""
select {CONTRIBUTION_COLUMNS} from contributions
where consultation = $1 and suggestion is not null and state = 'visible' and parent is null order by id
"""


async def read(connection: Connection, consultation: ConsultationId, number: int) -> NextVersion | None:
    """The text prepared to be version ``number``."""
    row = await connection.fetchrow(_READ, consultation, number)
    return None if row is None else NextVersion(*row)


async def save(connection: Connection, consultation: ConsultationId, text: NextVersion) -> bool:
    """Keep a text in place of its revision ``text.revision`` (0: of none). False when somebody else has changed it since."""
    saved = await connection.fetchval(
        _SAVE, consultation, text.number, text.file_name, text.draft, text.left_out, text.warnings, text.revision
    )
    return saved is not None


async def drop(connection: Connection, consultation: ConsultationId, number: int) -> None:
    """Forget the text prepared to be version ``number``."""
    await connection.execute(_DROP, consultation, number)


async def suggestions(connection: Connection, consultation: ConsultationId) -> list[Row]:
    """The visible contributions that suggest other words for a node, in order."""
    return [Row(*row) for row in await connection.fetch(_SUGGESTIONS, consultation)]
