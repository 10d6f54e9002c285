"""The public log, read from the events."""

from consultations.log import PUBLIC_TYPES, Entry, public_entry
from server.kernel.ids import ConsultationId, consultation_topic
from server.store.connection import Connection

_READ = """
select seq, at, type, body from events
where topic = $1 and seq < $2 and type = any($3) and (type <> 'disposed' or body @> '{"late": true}') order by seq desc limit $4
"""

NEWEST = 2**62


async def read_log(connection: Connection, consultation: ConsultationId, before: int, limit: int) -> list[Entry]:
    """At most ``limit`` lines with numbers below ``before``, the newest first."""
    rows = await connection.fetch(_READ, consultation_topic(consultation), before, list(PUBLIC_TYPES), limit)
    return [line for row in rows if (line := public_entry(row["seq"], row["at"], row["type"], row["body"])) is not None]
