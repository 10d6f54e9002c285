"""Exact limits: how often something was asked for by one contact or address within a sliding window."""

from datetime import timedelta

from server.store.connection import Connection, Database

# Two requests of one subject at once must not both find the last free place.
_LOCK = "select pg_advisory_xact_lock(hashtextextended($1 || encode($2, 'hex'), 0))"
_TAKE = """
with within as (select at from requests where kind = $1 and subject = $2 and at > clock_timestamp() - $4::interval),
taken as (insert into requests (kind, subject) select $1, $2 where (select count(*) from within) < $3 returning 1)
select case when exists (select from taken) then 0 else
    greatest(1, ceil(extract(epoch from (select min(at) from within) + $4::interval - clock_timestamp())))::int
end
"""


async def take_place(connection: Connection, kind: str, subject: bytes, most: int, window: timedelta) -> int:
    """Takes one of ``most`` places within ``window``: 0 when there was one, otherwise the seconds until the next is free.

    Must run in a transaction, which holds the subject's lock until it ends.
    """
    await connection.execute(_LOCK, kind, subject)
    return int(await connection.fetchval(_TAKE, kind, subject, most, window))


_DROP = "delete from requests where at < clock_timestamp() - $1::interval"


async def drop_requests(database: Database, older_than: timedelta) -> None:
    await database.execute(_DROP, older_than)
