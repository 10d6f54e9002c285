"""Work that must happen once, even if the process that caused it dies."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from server.kernel.ids import ConsultationId
from server.store.connection import Database


class Job(msgspec.Struct, frozen=True):
    """A claimed piece of work. ``tries`` counts this try."""

    id: int
    kind: str
    payload: dict[str, object]
    idempotency_key: str | None
    tries: int


_ADD = """
insert into jobs (kind, payload, idempotency_key, due_at) values ($1, $2, $3, now() + $4)
on conflict (idempotency_key) do nothing returning id
"""


async def add_job(
    database: Database,
    kind: str,
    payload: Mapping[str, object],
    *,
    idempotency_key: str | None = None,
    after: timedelta = timedelta(0),
) -> int | None:
    """Adds work, in the transaction of its cause. None when work with this idempotency key was added before, done or not."""
    return await database.fetchval(_ADD, kind, dict(payload), idempotency_key, after)  # type: ignore[no-any-return]


_ADD_HOURLY = """
insert into jobs (kind, idempotency_key, due_at)
select $1, $1 || to_char(hour at time zone 'UTC', ' YYYY-MM-DD HH24'), hour
from (select date_trunc('hour', now()) + interval '1 hour' as hour) as t
on conflict (idempotency_key) do nothing
"""


async def add_hourly_job(database: Database, kind: str) -> None:
    """Adds the work of the next full hour unless it is there; it needs no payload."""
    await database.execute(_ADD_HOURLY, kind)


MAIL_JOB = "mail"


async def add_mail(
    database: Database, letter: str, to: str, lang: str, values: Mapping[str, object], *, idempotency_key: str
) -> int | None:
    """Adds a letter to be sent: ``letter`` names its text, ``values`` what it is filled with."""
    return await add_job(
        database, MAIL_JOB, {"letter": letter, "to": to, "lang": lang, "values": dict(values)}, idempotency_key=idempotency_key
    )


# The claim is the moved deadline: who dies with the work in hand loses it to whoever asks after $2 (doubled with each try).
_CLAIM = """
update jobs set tries = tries + 1, due_at = now() + least($2::interval * power(2, tries), interval '1 hour')
where id = (
    select id from jobs where state = 'waiting' and due_at <= now() and kind = any ($1::text[])
    order by due_at, id for update skip locked limit 1
)
returning id, kind, payload, idempotency_key, tries
"""


async def claim_job(database: Database, kinds: list[str], patience: timedelta) -> Job | None:
    """Claims the work of these kinds that has been due longest. It is due again after ``patience``, doubled with each try up to an hour."""
    row = await database.fetchrow(_CLAIM, kinds, patience)
    return None if row is None else Job(**row)


# What a job carried may be personal data: the row stays for its idempotency key, the payload does not.
_END = "update jobs set state = $2, payload = '{}', ended_at = now() where id = $1 and state = 'waiting'"


async def end_job(database: Database, job: int, *, failed: bool = False) -> None:
    """The work is done, or given up."""
    await database.execute(_END, job, "failed" if failed else "done")


_END_OF = """
update jobs set state = 'done', payload = '{}', ended_at = now()
where kind = $1 and state = 'waiting' and (payload ->> 'consultation')::bigint = $2
"""


async def end_jobs_of(database: Database, kind: str, consultation: ConsultationId) -> None:
    """Work of this kind that waits for one consultation is not done."""
    await database.execute(_END_OF, kind, consultation)


_NEXT_DUE = """
select extract(epoch from min(due_at) - now())::float8 from jobs where state = 'waiting' and kind = any ($1::text[])
"""


async def next_due_s(database: Database, kinds: list[str]) -> float | None:
    """Seconds until the next work of these kinds is due (negative when overdue); None when there is none."""
    return await database.fetchval(_NEXT_DUE, kinds)  # type: ignore[no-any-return]


_DROP_ENDED = "delete from jobs where state <> 'waiting' and ended_at < now() - $1::interval"


async def drop_ended(database: Database, older_than: timedelta) -> None:
    await database.execute(_DROP_ENDED, older_than)
